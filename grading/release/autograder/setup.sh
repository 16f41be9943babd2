#!/usr/bin/env bash
# Gradescope runs this once, when it builds the image that submissions are graded in.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

# Both may be there already; without bubblewrap, submissions are kept apart by Landlock.
export DEBIAN_FRONTEND=noninteractive
for package in python3-venv bubblewrap; do
    apt-get install -qq -y "$package" || echo "setup.sh: $package could not be installed."
done

# A Python that is new enough, beside the grader: the image's own where it is, else another.
# Not in a home folder, where the user that a submission runs as could not read it.
export UV_PYTHON_INSTALL_DIR="$here/.python"
python3 -m venv "$here/.uv"
"$here/.uv/bin/pip" install --quiet uv
"$here/.uv/bin/uv" venv --quiet --clear --python ">=3.11" "$here/.venv"
"$here/.uv/bin/uv" pip install --quiet --compile-bytecode --python "$here/.venv" \
    --requirements "$here/pyproject.toml" --extra grading

# What is missing shows here, not at the first submission.
cd "$here"
.venv/bin/python -m grading.release.gradescope_job --ready
