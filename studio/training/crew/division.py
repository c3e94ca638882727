"""How an optimiser's batch is divided: over the processes of a crew, and each one's part over its forwards."""

from __future__ import annotations

from collections.abc import Sequence

from studio.data.packing import first_fit

Division = list[list[list[int]]]
"""[process][forward] -> the batch's rows in it, as places in the batch."""


def divided(lengths: Sequence[int], processes: int, micro_batch: int) -> Division:
    """Deal rows of these lengths out, longest first, at most `micro_batch` to a process and forward.

    Every process has as many forwards, in each of which all of them together run the rows that one process with
    `processes` times the micro-batch would run. With fewer rows than processes some have none.
    """
    by_length = sorted(range(len(lengths)), key=lambda row: (-lengths[row], row))
    count = -(-len(lengths) // (micro_batch * processes))
    size, larger = divmod(len(lengths), count)
    found: Division = [[[] for _ in range(count)] for _ in range(processes)]
    place = 0
    for number in range(count):
        for _ in range(size + (number < larger)):
            # On from where the last forward left off, so that no process is left out of all of them.
            found[place % processes][number].append(by_length[place])
            place += 1
    return found


def tokens_before(division: Division, process: int, lengths: Sequence[int]) -> list[list[int]]:
    """Return [forward][row] for one process's rows: how many tokens lie before each in the forward of all processes.

    The rows of a forward come in the order in which one process would run them, which is that of `divided`.
    """
    found = []
    for forwards in zip(*division, strict=True):
        before, count = {}, 0
        for row in sorted((row for each in forwards for row in each), key=lambda row: (-lengths[row], row)):
            before[row] = count
            count += lengths[row]
        found.append([before[row] for row in forwards[process]])
    return found


def packed_division(lengths: Sequence[int], processes: int, capacity: int, in_step: bool) -> Division:
    """Deal rows out, longest first, and lay each process's end to end in sequences of at most `capacity` tokens.

    With `in_step` every process has as many sequences, for which some are divided; that takes as many rows in each.
    """
    by_length = sorted(range(len(lengths)), key=lambda row: (-lengths[row], row))
    own = [by_length[process::processes] for process in range(processes)]
    found: Division = [
        [[rows[place] for place in pack] for pack in first_fit([lengths[row] for row in rows], capacity)]
        for rows in own
    ]
    most = max(len(packs) for packs in found) if in_step else 0
    for packs in found:
        while len(packs) < most:
            fullest = max(range(len(packs)), key=lambda number: len(packs[number]))
            half = len(packs[fullest]) // 2
            packs.append(packs[fullest][half:])
            packs[fullest] = packs[fullest][:half]
    return found
