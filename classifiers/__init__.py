"""What is taught: losses with their gradients, and a linear classifier trained on them.

W    (C, D)   weights, one row a class            C classes
X    (D, N)   data, one COLUMN a sample           D features, bias row included
y    (N,)     integer labels, 0 <= y[i] < C       N samples
loss = mean_i( -log softmax(W @ X[:, i])[y[i]] ) + 0.5 * reg * sum(W * W)
dW   (C, D)   its gradient
"""

from classifiers.descent import History
from classifiers.linear_classifier import (
    LinearClassifier,
    LinearSVM,
    NotTrainedError,
    SoftmaxClassifier,
)
from classifiers.linear_svm import svm_loss_naive, svm_loss_vectorized
from classifiers.softmax import softmax_loss_naive, softmax_loss_vectorized

__all__ = [
    "History",
    "LinearClassifier",
    "LinearSVM",
    "NotTrainedError",
    "SoftmaxClassifier",
    "softmax_loss_naive",
    "softmax_loss_vectorized",
    "svm_loss_naive",
    "svm_loss_vectorized",
]
