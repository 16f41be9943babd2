"""The limits that a submission runs in."""

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    call_seconds   wall-clock time of one call, and of loading their cells, in seconds
    cpu_seconds    CPU time of one worker process, in seconds
    total_seconds  wall-clock time of all calls of one question together, in seconds
    memory_bytes   address space of a process, numpy's libraries (some 300 MiB) included
    output_bytes   what is kept of the text that a worker prints; the rest is thrown away
    file_bytes     size of one file that it writes
    folder_bytes   size of all files in its folder together
    open_files     file descriptors that a process has open
    reply_bytes    size of what one call returns

    Raises ValueError for a limit that is not above zero.
    """

    call_seconds: float = 10.0
    cpu_seconds: int = 30
    total_seconds: float = 60.0
    memory_bytes: int = 2048 * MIB
    output_bytes: int = 65536
    file_bytes: int = 16 * MIB
    folder_bytes: int = 64 * MIB
    open_files: int = 64
    reply_bytes: int = 64 * MIB

    def __post_init__(self) -> None:
        """Refuse limits that nothing can run in."""
        for name, value in vars(self).items():
            if not value > 0:
                raise ValueError(f"{name} is {value}; expected a number above zero.")
