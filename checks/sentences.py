"""What check() says in its own words, apart from what it does, so that it can be translated."""

CORRECT = "Every check of {question} came out right."
NOT_ATTEMPTED = "{question} is not written yet: line {line} raises NotImplementedError."
START = "Which line of its docstring would you turn into code first?"
BLOCKED = "{question} needs {other}, which is not written yet."
WRITE_OTHER = "What does {other} still need? Its cell comes first."
THEIR_ERROR = "Your code stopped with an error, so nothing could be compared."
READ_ERROR = "Which value in that line is not what you thought, and what shape does it have?"
STOPPED = "A loop that never ends, perhaps, or one that is far too long."
LOOK_AT_LOOP = "What would have to change in each round for this loop to come to its end?"

EITHER = "It may also be that {title}."
APART = (
    "The loss by itself is that of an answer in which {loss}; the gradient by itself is that of "
    "one in which {gradient}."
)
RIGHT_PART = "nothing is wrong"
UNCOMPARED = "What you return cannot be compared with a result."
LOOK_AT_RETURN = "What does the docstring say that it returns, and in which order?"
LOST_DIGITS = (
    "Digits are lost on the way: by float32 arrays, a rounding, a numeric derivative, or a small "
    "number that is added somewhere."
)
FIND_DIGITS = "Which line makes numbers less exact than float64 is?"
KEPT_STATE = "Something stays from one call to the next, or is drawn at random."
FIND_STATE = "What does a call use that is not among its arguments?"
SOMETIMES = "On some problems your code stops with an error."
FIND_SOMETIMES = "What is special about the problem on which it stops?"
NOT_OF_THIS_FORM = "Nor is its gradient a sum of a few simple terms."
ONLY = {
    "loss": "Your gradient comes out right, your loss does not.",
    "gradient": "Your loss comes out right, your gradient does not.",
}
UNKNOWN = "This is none of the mistakes known here."
FURTHEST = "Sample {sample} and class {label} are furthest off, with one sample at a time."
LOOK_AT_DATA = "Can you make a problem so small that you can work it out on paper, and compare?"

NO_RESULT = "Your function returns nothing."
WRONG_COUNT = "Your function returns {got} values, and {expected} are expected: {what}."
SWAPPED = "The first of the two that you return has the shape of a gradient; the loss comes first."
TRANSPOSED = "Your gradient has shape {got}, the transpose of {expected}."
WRONG_SHAPE = "{what} has shape {got}, expected {expected}."
WRONG_DTYPE = "{what} has dtype {got} for float64 input; expected float64."
A_DICT = "There is a dict in what you return; expected numbers and arrays."
NOT_A_DICT = "Your gradients are no dict; expected one with the names of params."
WRONG_NAMES = "Your gradients are called {got}, expected {expected}."
CHANGED = "After the call {names} is not what it was before: your function writes into it."
OTHER_FORM = "With other samples or classes, what you return has another form than before."
UNEXPECTED = "check could not go on: {kind}: {error}"
NOT_TWICE = "The same call twice gives two results."
RAISED = "{phrase}: {error}"
PRECISION = "Your results are off by {off:.0e} of their size; float64 arithmetic leaves some 1e-15."
FLOAT32 = "float32 input gives a float64 result."
LOOPS = "Python runs {small} lines of yours at {name} = {small_size}, and {large} at {large_size}."
LOOP_LINE = "Line {number}: {text}"

SPEED = "A call with N = 1,000 and C = 10 took {milliseconds:.2g} ms."
PRINTED = "What your function prints is hidden here."
ALSO_LOOP = "There is a Python loop in it that does not grow with the samples or the classes."
REGULARIZATION = "With regularization, 0.5 * reg * sum(W * W) in the loss, the {name} grows"
REG_ADDS = "what reg = 0.75 adds"
RESULTS = "{first} So it is on {wrong} of {of} problems."
PROBLEM = "On a problem with {name}"
