"""Effects begin in log order; only records of the same key wait for one that was set aside."""

import asyncio

from streams.runtime.delivery.windowed import Turn, Turns


def order(keys: str, ends: str, aside: str = "") -> str:
    """The order in which the effects of messages begin that are decided in the order ``ends``; those ``aside`` first
    are set aside. Messages are named by their keys, a second one of a key in capitals."""

    async def run() -> str:
        turns, begun = Turns(), ""
        entered = {name: turns.enter(name.lower()) for name in keys}

        async def act(name: str, turn: Turn) -> None:
            nonlocal begun
            await turns.wait(turn)
            begun += name
            turns.leave(turn)

        for name in aside:
            turns.set_aside(entered[name])
        assert turns.set_aside_count == len(aside)
        tasks = []
        for name in ends:
            tasks.append(asyncio.ensure_future(act(name, entered[name])))
            for _ in range(10):
                await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        assert turns.set_aside_count == 0
        return begun

    return asyncio.run(run())


def test_the_order_of_the_log_is_kept() -> None:
    assert order("abcd", ends="dbca") == "abcd"


def test_a_record_set_aside_delays_no_other_key() -> None:
    assert order("abcd", ends="bdca", aside="a") == "bcda"
    assert order("abcd", ends="dcba", aside="ab") == "cdba"


def test_two_of_one_key_never_overtake_each_other() -> None:
    assert order("abAc", ends="Acba", aside="a") == "bcaA"
    assert order("aAb", ends="bAa", aside="aA") == "baA"
