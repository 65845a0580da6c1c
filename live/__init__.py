"""State that need not outlive the hour: reply logs, counters, notices. base.py is the seam, memory.py one process's."""
