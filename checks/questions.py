"""The questions that the notebooks ask: one for each stub, by the name of its function."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """What a stub asks for.

    catalogue   which problems, laws and mistakes belong to it
    outputs     what it returns, as it is said to a student
    vectorized  whether a Python loop over samples or classes is a mistake
    """

    catalogue: str
    outputs: tuple[str, ...]
    vectorized: bool = False

    @property
    def has_gradient(self) -> bool:
        """Whether it returns a loss and that loss's gradient on the first argument."""
        return len(self.outputs) > 1


LOSS = ("your loss", "your gradient")
NETWORK = ("your loss", *(f"your gradient on {name}" for name in ("W1", "W2", "b1", "b2")))
VALUE = ("what you return",)

QUESTIONS = {
    "softmax_loss_naive": Question("softmax_loss", LOSS),
    "softmax_loss_vectorized": Question("softmax_loss", LOSS, vectorized=True),
    "svm_loss_naive": Question("svm_loss", LOSS),
    "svm_loss_vectorized": Question("svm_loss", LOSS, vectorized=True),
    "softmax": Question("softmax", VALUE),
    "softmax_jacobian_naive": Question("softmax_jacobian", VALUE),
    "softmax_jacobian_vectorized": Question("softmax_jacobian", VALUE, vectorized=True),
    "softmax_vjp": Question("softmax_vjp", VALUE),
    "softmax_cross_entropy": Question("softmax_cross_entropy", LOSS),
    "network_loss": Question("network_loss", NETWORK),
}
