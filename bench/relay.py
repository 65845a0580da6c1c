"""How many model pieces a CPU second of the server relays, and what a turn costs beside its pieces.

Ours, ours without the filters on replies, a plain relay over the SDK's parsed stream and a bare socket run in one go,
round about, so that drift of the machine falls on all. bench/README.md says how to read the figures.
"""

import argparse
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.processes import HOST, FakeModel, Process, chatbot_server, free_port, openai_settings, wait_ready

BENCH = Path(__file__).parent

# A reply as models write them: words, a figure now and then, punctuation. It is cut into pieces of PIECE_CHARS.
PROSE = (
    "The lamp that fits your desk best is the small one, since it can be dimmed and turned to the wall. It costs "
    "$49.00, which is well within what you had in mind, and we have it in two colours. If you read late in the "
    "evening, take the warmer light; for sewing or drawing the brighter one is better. You can send it back within "
    "30 days if it does not suit you. Shall I tell you more about it, or would you like to see others?\n\n"
)
PIECE_CHARS = 5

LEAST_OF_SDK = 5.0
LEAST_OF_BARE = 0.4
MOST_CPU_MS_PER_TURN = 6.0
MOST_OF_FILTERS = 0.05  # of the CPU of a piece

# What customers of the sample brand ask, in this order, within one conversation.
QUESTIONS = (
    "I need a powerful laptop for video editing under $2,000",
    "Which of them is the cheapest?",
    "What is your return policy?",
    "Do you have noise cancelling headphones?",
    "Something under $200?",
    "Thank you!",
)
SHORT_REPLY_PIECES = 3


@dataclass(frozen=True)
class Scale:
    """How much is measured.

    Attributes:
        clients: sockets, each one turn at a time.
        pieces: of a long reply.
        rounds: measured, after one that warms up.
        delay_ms: between a reply's pieces; 0 is as fast as the fake can write.
        piecewise: the fake writes every piece by itself, the streams taking turns, even without a delay.
        short_turns: short replies per client and round.
    """

    clients: int = 50
    pieces: int = 1_000
    rounds: int = 5
    delay_ms: float = 0.0
    piecewise: bool = False
    short_turns: int = 6


@dataclass
class Load:
    """Clients of one server, and the CPU seconds that each round has cost it.

    Attributes:
        name: as the table has it.
        server: the process whose CPU counts.
        clients: the process of the clients.
        turns: per client and round.
        chars: expected in a reply; None: whatever comes.
        cpu_s: of each measured round.
        wall_s: likewise.
        frames: with text, sent in a measured round.
        turns_done: in a measured round.
    """

    name: str
    server: Process
    clients: Process
    turns: int = 1
    chars: int | None = None
    cpu_s: list[float] = field(default_factory=list)
    wall_s: list[float] = field(default_factory=list)
    frames: int = 0
    turns_done: int = 0

    def run(self, *, measured: bool) -> None:
        """One round."""
        self.clients.say({"turns": self.turns, "conversation_turns": len(QUESTIONS), "questions": QUESTIONS})
        self.clients.hear()  # they are connected
        before = self.server.cpu_s()
        self.clients.say("go")
        sums = self.clients.hear()
        spent = self.server.cpu_s() - before
        if self.chars is not None and sums["chars"] != sums["turns"] * self.chars:
            raise RuntimeError(f"{self.name}: {sums['chars']} characters in {sums['turns']} replies of {self.chars}")
        if measured:
            self.cpu_s.append(spent)
            self.wall_s.append(sums["wall_s"])
            self.frames, self.turns_done = sums["chunks"], sums["turns"]

    @property
    def cpu_ms_per_turn(self) -> float:
        """The median round's."""
        return 1_000 * statistics.median(self.cpu_s) / self.turns_done

    def pieces_per_cpu_s(self, pieces: int) -> float:
        """The median round's, for replies of so many pieces."""
        return self.turns_done * pieces / statistics.median(self.cpu_s)


@dataclass(frozen=True)
class Result:
    """The figures.

    Attributes:
        relays: ours, the SDK's and the bare socket, in pieces per CPU second.
        turn_cpu_ms: CPU milliseconds of a turn with a short reply, by where the reply came from.
    """

    relays: dict[str, float]
    turn_cpu_ms: dict[str, float]

    @property
    def of_sdk(self) -> float:
        """Ours as a multiple of the SDK relay."""
        return self.relays["ours"] / self.relays["sdk"]

    @property
    def of_bare(self) -> float:
        """Ours as a share of the bare socket."""
        return self.relays["ours"] / self.relays["bare"]

    @property
    def of_filters(self) -> float:
        """What the filters add to the CPU of a piece, as a share of it without them."""
        return self.relays["unfiltered"] / self.relays["ours"] - 1

    @property
    def misses(self) -> list[str]:
        """The targets that were missed."""
        told = []
        if self.of_sdk < LEAST_OF_SDK:
            told.append(f"{self.of_sdk:.1f} times the SDK relay, at least {LEAST_OF_SDK:g} wanted")
        if self.of_bare < LEAST_OF_BARE:
            told.append(f"{self.of_bare:.2f} of the bare socket, at least {LEAST_OF_BARE:g} wanted")
        if self.of_filters > MOST_OF_FILTERS:
            told.append(f"the filters add {self.of_filters:.0%} to a piece, at most {MOST_OF_FILTERS:.0%} wanted")
        told += [
            f"a turn ({name}) costs {cost:.1f} ms of CPU, at most {MOST_CPU_MS_PER_TURN:g} wanted"
            for name, cost in self.turn_cpu_ms.items()
            if cost > MOST_CPU_MS_PER_TURN
        ]
        return told


def measure(scale: Scale) -> Result:
    """Run everything once."""
    with ExitStack() as stack:
        fake = stack.enter_context(FakeModel())
        ours = stack.enter_context(chatbot_server(openai_settings(fake)))
        embedded = stack.enter_context(chatbot_server({"CHAT_PROVIDER": "embedded"}))
        unfiltered = stack.enter_context(
            chatbot_server(openai_settings(fake), command=[sys.executable, BENCH / "unfiltered.py"])
        )
        sdk = stack.enter_context(_relay(["--openai", fake.base_url]))
        bare = stack.enter_context(_relay(["--pieces", str(scale.pieces), "--piece", PROSE[:PIECE_CHARS]]))
        chars = scale.pieces * PIECE_CHARS
        text = (PROSE * (chars // len(PROSE) + 1))[:chars]
        of_ours = {"ours": (ours.process, ours.port), "unfiltered": (unfiltered.process, unfiltered.port)}
        servers = of_ours | {"sdk": sdk, "bare": bare}
        long = [
            Load(name, process, stack.enter_context(_clients(port, scale.clients)), chars=chars)
            for name, (process, port) in servers.items()
        ]
        fake.behave(text=text, piece_chars=PIECE_CHARS, delay_ms=scale.delay_ms, per_write=int(scale.piecewise))
        _rounds(long, scale.rounds, fake)
        # Per-turn cost on the same two processes of ours, whose long round has warmed them up.
        short = [
            Load(name, server.process, stack.enter_context(_clients(server.port, scale.clients)), scale.short_turns)
            for name, server in (("openai", ours), ("embedded", embedded))
        ]
        fake.behave(pieces=SHORT_REPLY_PIECES, piece="word ")
        _rounds(short, scale.rounds, fake)
    print(_table(scale, long, short))
    return Result(
        {load.name: load.pieces_per_cpu_s(scale.pieces) for load in long},
        {load.name: load.cpu_ms_per_turn for load in short},
    )


def _rounds(loads: Sequence[Load], rounds: int, fake: FakeModel) -> None:
    """A B C, A B C, ...: one round of each that warms up, then the measured ones."""
    for number in range(rounds + 1):
        for load in loads:
            load.run(measured=number > 0)
            fake.forget()


@contextmanager
def _relay(arguments: Sequence[str]) -> Iterator[tuple[Process, int]]:
    port = free_port()
    with Process([sys.executable, BENCH / "plain_relays.py", "--port", str(port), *arguments]) as process:
        wait_ready(process, port)
        yield process, port


@contextmanager
def _clients(port: int, count: int) -> Iterator[Process]:
    url = f"ws://{HOST}:{port}/ws/chat/techpro"
    with Process([sys.executable, BENCH / "load_clients.py", url, "--clients", str(count)]) as process:
        yield process


def _table(scale: Scale, long: Sequence[Load], short: Sequence[Load]) -> str:
    lines = [
        f"{scale.clients} clients, replies of {scale.pieces} pieces, median of {scale.rounds} rounds (lowest, highest)",
        f"{'':10} {'pieces per CPU second':>32} {'frames a reply':>15} {'CPU s a round':>14} {'wall s':>7}",
    ]
    for load in long:
        median, rates = load.pieces_per_cpu_s(scale.pieces), [load.turns_done * scale.pieces / s for s in load.cpu_s]
        spread = f"{median:,.0f} ({min(rates):,.0f}, {max(rates):,.0f})"
        cpu_s, wall_s = statistics.median(load.cpu_s), statistics.median(load.wall_s)
        lines.append(f"{load.name:10} {spread:>32} {load.frames / load.turns_done:15.1f} {cpu_s:14.2f} {wall_s:7.2f}")
    lines.append(f"CPU of a turn with a short reply, {scale.clients} clients, conversations of {len(QUESTIONS)} turns")
    for load in short:
        costs = [1_000 * cpu_s / load.turns_done for cpu_s in load.cpu_s]
        spread = f"{load.cpu_ms_per_turn:.2f} ms ({min(costs):.2f}, {max(costs):.2f})"
        lines.append(f"{load.name:10} {spread:>32}")
    return "\n".join(lines)


def main() -> int:
    """The command line; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description="Relay bench: pieces per CPU second, CPU per turn.")
    standard = Scale()
    parser.add_argument("--clients", type=int, default=standard.clients)
    parser.add_argument("--pieces", type=int, default=standard.pieces)
    parser.add_argument("--rounds", type=int, default=standard.rounds)
    parser.add_argument("--delay-ms", type=float, default=standard.delay_ms, help="5 is 200 pieces a second")
    parser.add_argument("--piecewise", action="store_true", help="the fake writes every piece by itself")
    parser.add_argument("--short-turns", type=int, default=standard.short_turns)
    result = measure(Scale(**vars(parser.parse_args())))
    shares = f"{result.of_bare:.2f} of the bare socket, {result.of_filters:.1%} for the filters"
    print(f"ours: {result.of_sdk:.1f} times the SDK relay, {shares}")
    for miss in result.misses:
        print(f"MISSED: {miss}")
    return 1 if result.misses else 0


if __name__ == "__main__":
    raise SystemExit(main())
