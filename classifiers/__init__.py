"""What is taught: losses with their gradients, and a linear classifier trained on them.

W    (C, D)   weights, one row a class            C classes
X    (D, N)   data, one COLUMN a sample           D features, bias row included
y    (N,)     integer labels, 0 <= y[i] < C       N samples
loss = mean_i( -log softmax(W @ X[:, i])[y[i]] ) + 0.5 * reg * sum(W * W)
dW   (C, D)   its gradient
"""

from classifiers.activations import (
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
    log_softmax,
    sigmoid,
    softmax,
    softmax_jacobian_batched,
    softmax_jacobian_naive,
    softmax_jacobian_vectorized,
    softmax_vjp,
)
from classifiers.descent import History
from classifiers.layers import Linear, Sequential
from classifiers.linear_classifier import (
    LinearClassifier,
    LinearSVM,
    NotTrainedError,
    SoftmaxClassifier,
)
from classifiers.linear_svm import svm_loss_naive, svm_loss_vectorized
from classifiers.losses import (
    CrossEntropy,
    SoftmaxCrossEntropy,
    SquaredError,
    smooth_labels,
    softmax_cross_entropy,
)
from classifiers.network import network_loss
from classifiers.softmax_loss import softmax_loss_naive, softmax_loss_vectorized

__all__ = [
    "CrossEntropy",
    "History",
    "Linear",
    "LinearClassifier",
    "LinearSVM",
    "NotTrainedError",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "SoftmaxClassifier",
    "SoftmaxCrossEntropy",
    "SquaredError",
    "Tanh",
    "log_softmax",
    "network_loss",
    "sigmoid",
    "smooth_labels",
    "softmax",
    "softmax_cross_entropy",
    "softmax_jacobian_batched",
    "softmax_jacobian_naive",
    "softmax_jacobian_vectorized",
    "softmax_loss_naive",
    "softmax_loss_vectorized",
    "softmax_vjp",
    "svm_loss_naive",
    "svm_loss_vectorized",
]
