#!/usr/bin/env python3
"""Cycles that a program would take if element-wise instructions ran beside a product.

    stoic compile MODEL.npz --listing | rtl/synthesis/overlap.py

Reads the listing of a program from standard input. The thought machine has two engines, one for MATVEC, one for all
else; an instruction takes the cycles of the listing, begins when its engine is free, and waits for the words of the
state memory that an earlier instruction writes or still reads. Prints the cycles as they are; with both engines in the
order of the program; and in the order of a list scheduler (longest way to the end first) that gives every result words of
its own, so that nothing waits for a reader: the best that a compiler could do that knows about the second engine.
stoic_overlapped_lane.sv measures what the second engine costs.
"""
import re
import sys


def read_listing(lines):
    """The program unrolled, as (mnemonic, cycles, words read, words written); lanes; cycles that the listing gives."""
    vectors, rows, lanes, total = {}, [], 0, 0
    for line in lines:
        if match := re.match(r"instance .*: (\d+) lanes", line):
            lanes = int(match[1])
        elif match := re.match(r"\s+(\d+) - (\d+)\s+(.*?)\s+\d+ elements, +-?\d+ fraction bits", line):
            vectors[match[3].replace(" ", "_")] = int(match[1])
        elif match := re.match(r"\s+(\d+)\s+(\d+)\s+(\d+)  (\w+) ?(.*?)  # ", line):
            rows.append((int(match[2]), int(match[3]), match[4], match[5]))
        elif match := re.match(r"(\d+) cycles from START", line):
            total = int(match[1])
    if not rows:
        sys.exit("overlap.py: no listing on standard input; see --help")
    begin = next((i for i, row in enumerate(rows) if row[2] == "LOOP"), len(rows))
    end = next((i for i, row in enumerate(rows) if row[2] == "END"), len(rows))
    times = rows[begin + 1][0] if begin < len(rows) else 1
    unrolled = rows[:begin + 1] + rows[begin + 1:end + 1] * times + rows[end + 1:]
    return [(name, cycles, *words(name, text, vectors, lanes)) for _, cycles, name, text in unrolled], total


def words(name, text, vectors, lanes):
    """State words that an instruction reads and writes."""
    number = {key: int(value) for key, value in re.findall(r"(\w+)=(-?\d+)\b", text)}

    def span(vector, elements):
        first = vectors[vector]
        return set(range(first, first + -(-elements // lanes)))

    named = dict(re.findall(r"(destination|source|bias)=([^\s]+)", text))
    length = number.get("rows", number.get("length", 0))
    copies = 3 if name == "NORMALISE" else 1  # three vectors one after the other, each in whole words
    length = copies * -(-length // lanes) * lanes if copies > 1 else length
    read, written = set(), set()
    if "source" in named:
        read |= span(named["source"], number.get("columns", length))
    if "bias" in named and number.get("biased"):
        read |= span(named["bias"], length)
    if "destination" in named:
        written |= span(named["destination"], length)
    if name == "BUNDLE":
        for operand in re.findall(r"[^\s*<]+(?=\*)|(?<=\*)[^\s*<]+", text.split(" : ")[1]):
            read |= {vectors[operand[1:-1]]} if operand.startswith("[") else span(operand, length)
    return read, written


def dependencies(program, renamed):
    """For each instruction those that must have ended before it begins; `renamed`: only those whose results it reads."""
    before, writer, readers = [], {}, {}
    for i, (name, _, read, written) in enumerate(program):
        needs = {writer[word] for word in (read if renamed else read | written) if word in writer}
        if not renamed:
            needs |= {reader for word in written for reader in readers.get(word, ())}
        if name in ("LOAD", "STORE", "HALT"):  # streams keep their order
            needs |= {i - 1} if i else set()
        before.append(needs - {i})
        for word in read:
            readers.setdefault(word, set()).add(i)
        for word in written:
            writer[word], readers[word] = i, set()
    return before


def two_engines(program, order, before):
    """Cycles when each engine takes its instructions in `order`."""
    free, ends = {True: 0, False: 0}, {}
    for i in order:
        engine = program[i][0] == "MATVEC"
        start = max([free[engine]] + [ends[j] for j in before[i]])
        ends[i] = free[engine] = start + program[i][1]
    return max(ends.values())


def scheduled(program, before):
    """List scheduling: whichever instruction can begin first, and of these the one with the longest way to the end."""
    after = [[] for _ in program]
    for i, needs in enumerate(before):
        for j in needs:
            after[j].append(i)
    way = [0] * len(program)
    for i in reversed(range(len(program))):
        way[i] = program[i][1] + max((way[j] for j in after[i]), default=0)
    missing, ends, free, order = [len(needs) for needs in before], {}, {True: 0, False: 0}, []
    ready = {i for i, count in enumerate(missing) if count == 0}
    while ready:
        def start(i):
            return max([free[program[i][0] == "MATVEC"]] + [ends[j] for j in before[i]])
        best = min(ready, key=lambda i: (start(i), -way[i], i))
        ends[best] = free[program[best][0] == "MATVEC"] = start(best) + program[best][1]
        order.append(best)
        ready.remove(best)
        for j in after[best]:
            missing[j] -= 1
            if missing[j] == 0:
                ready.add(j)
    return order, max(way)


def main():
    if len(sys.argv) > 1:
        print(__doc__)
        return
    program, total = read_listing(sys.stdin)
    serial = sum(cycles for _, cycles, _, _ in program)
    edge = total - serial  # START and DONE
    before, renamed = dependencies(program, False), dependencies(program, True)
    order, longest = scheduled(program, renamed)
    products = sum(cycles for name, cycles, _, _ in program if name == "MATVEC")
    for what, cycles in (("as it is", serial),
                         ("two engines, order of the program", two_engines(program, range(len(program)), before)),
                         ("two engines, scheduled", two_engines(program, order, renamed)),
                         ("longest chain of dependences", longest),
                         ("MATVEC alone", products)):
        print(f"{what:<36}{cycles + edge:>9} cycles{100 * ((cycles + edge) / total - 1):>+8.1f} %")


if __name__ == "__main__":
    main()
