"""How much memory this process has taken at most, as Linux counts."""


def forget_peak() -> bool:
    """Makes the peak that peak_memory() gives start from now: loading has a higher one. False if it cannot."""
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
            file.write("5")
    except OSError:
        return False
    return True


def peak_memory() -> int:
    """Largest resident size since forget_peak(), in bytes."""
    with open("/proc/self/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
