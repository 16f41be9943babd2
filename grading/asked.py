"""Which questions are asked, out of those that checks knows."""

from difflib import get_close_matches

from checks.questions import QUESTIONS

SHORT = {"naive": "softmax_loss_naive", "vectorized": "softmax_loss_vectorized"}
DEFAULT = "naive,vectorized"
SOFTMAX = tuple(SHORT.values())
BACKPROP = (
    "softmax",
    "softmax_jacobian_naive",
    "softmax_jacobian_vectorized",
    "softmax_vjp",
    "softmax_cross_entropy",
    "network_loss",
)


def pick(text: str) -> tuple[str, ...]:
    """Return the questions that a list such as "naive,vectorized,softmax_vjp" names, once each.

    text  names of functions, separated by commas; naive and vectorized stand for the two softmax
          losses, and all for every question of the notebooks

    Raises ValueError for a name that is no question.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    if names == ["all"]:
        return SOFTMAX + BACKPROP
    asked = tuple(dict.fromkeys(SHORT.get(name, name) for name in names))
    unknown = [name for name in asked if name not in QUESTIONS]
    if unknown or not asked:
        known = ", ".join([*SHORT, *(q for q in QUESTIONS if q not in SOFTMAX)])
        alike = get_close_matches(unknown[0], [*SHORT, *QUESTIONS], n=1) if unknown else []
        hint = f" Is it {alike[0]}?" if alike else ""
        given = repr(unknown[0]) if unknown else "an empty list"
        raise ValueError(f"{given} names no question; expected all, or some of {known}.{hint}")
    return asked
