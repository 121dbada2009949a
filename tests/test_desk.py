"""Clicks of pages, which come on any thread, and the run that waits for them on its own."""

import asyncio
import threading

import pytest

from rasgo_nb.desk import Approved, Desk, Refused, Replied


def from_another_thread(work, *arguments):
    """Call it there, and wait for it without standing in the way of the loop."""
    return asyncio.to_thread(work, *arguments)


async def opened():
    desk = Desk()
    desk.open()
    return desk


async def waiting_at(desk, tool_call_id="1", **options):
    waiting = asyncio.ensure_future(desk.wait_for(tool_call_id, **options))
    await asyncio.sleep(0)
    return waiting


def test_a_click_of_another_thread_reaches_the_run():
    async def run():
        desk = await opened()
        waiting = await waiting_at(desk)
        assert await from_another_thread(desk.put, "1", Approved(code="x = 1"))
        return await waiting

    assert asyncio.run(run()) == Approved(code="x = 1")


def test_of_many_clicks_at_once_one_counts():
    async def run():
        desk = await opened()
        waiting = await waiting_at(desk)
        clicks = [Refused(str(number)) for number in range(50)]
        heard = await asyncio.gather(*(from_another_thread(desk.put, "1", click) for click in clicks))
        return await waiting, [click for click, was_heard in zip(clicks, heard, strict=True) if was_heard]

    taken, heard = asyncio.run(run())
    assert heard == [taken]


def test_a_click_on_another_call_or_of_another_kind_does_nothing():
    async def run():
        desk = await opened()
        waiting = await waiting_at(desk, kinds=(Approved, Refused))
        assert not desk.put("2", Approved())
        assert not desk.put("1", Replied("yes"))
        assert desk.put("1", Refused("no"))
        assert not desk.put("1", Approved())
        return await waiting

    assert asyncio.run(run()) == Refused("no")


def test_a_stopped_wait_leaves_nothing_behind_and_may_be_waited_for_again():
    async def run():
        desk = await opened()
        stopped = await waiting_at(desk)
        stopped.cancel()
        await asyncio.wait([stopped])
        assert not desk.put("1", Approved())
        again = await waiting_at(desk)
        desk.put("1", Replied("now"))
        return stopped.cancelled(), await again

    assert asyncio.run(run()) == (True, Replied("now"))


def test_a_click_together_with_a_stop_breaks_nothing():
    async def run():
        desk = await opened()
        waiting = await waiting_at(desk)
        desk.put("1", Approved())
        waiting.cancel()
        await asyncio.wait([waiting])
        return waiting.cancelled()

    assert asyncio.run(run())


@pytest.mark.parametrize("greets", ["before", "after"])
def test_a_page_is_there_once_it_said_hello(greets):
    async def run():
        desk = Desk()
        if greets == "before":
            await from_another_thread(desk.said_hello)
        desk.open()
        if greets == "after":
            threading.Timer(0.05, desk.said_hello).start()
        return await desk.has_page(20)

    assert asyncio.run(run())


def test_a_page_that_does_not_come_is_waited_for_once():
    async def run():
        desk = await opened()
        assert not await desk.has_page(0.01)
        assert not await desk.has_page(3600)
        desk.said_hello()
        return await desk.has_page(0)

    assert asyncio.run(run())


def test_a_look_without_patience_spoils_no_later_wait():
    async def run():
        desk = await opened()
        assert not await desk.has_page(0)
        threading.Timer(0.05, desk.said_hello).start()
        return await desk.has_page(20)

    assert asyncio.run(run())


def test_a_wait_for_a_page_can_be_stopped_in_the_moment_it_comes():
    async def run():
        desk = await opened()
        waiting = asyncio.ensure_future(desk.has_page(20))
        await asyncio.sleep(0)
        desk.said_hello()
        waiting.cancel()
        await asyncio.wait([waiting])
        return waiting.cancelled()

    assert asyncio.run(run())


def test_pages_may_speak_before_and_after_the_run():
    desk = Desk()
    assert not desk.put("1", Approved())

    async def run():
        desk.open()
        waiting = await waiting_at(desk)
        desk.close()
        assert not desk.put("1", Approved())
        waiting.cancel()

    asyncio.run(run())
    desk.said_hello()
    assert not desk.put("1", Approved())


def test_clicks_and_hellos_of_threads_race_with_the_end_of_a_run():
    desk, ended = Desk(), threading.Event()

    def click():
        while not ended.is_set():
            desk.said_hello()
            desk.put("1", Approved())

    async def run():
        desk.open()
        click_taken = await desk.wait_for("1")
        desk.close()
        return click_taken

    threads = [threading.Thread(target=click) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        assert [asyncio.run(run()) for _ in range(20)] == [Approved()] * 20
    finally:
        ended.set()
        for thread in threads:
            thread.join()
