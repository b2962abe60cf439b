"""Want of memory, which is no damage of the file that was being read."""


def lacks_memory(error: BaseException) -> bool:
    """Whether an exception says that memory ran out: Python's, or the RuntimeError of torch on a CPU or accelerator."""
    words = ("allocate memory", "out of memory")
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and any(word in str(error).lower() for word in words)
    )
