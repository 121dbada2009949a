"""Pictures for models that see: of charts, and of what code displays."""

import asyncio
import base64
import os
import struct
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import pytest

from rasgo_nb.agent.interface import Interface
from rasgo_nb.agent.messages import ToolCall
from rasgo_nb.agent.toolbox import Toolbox
from rasgo_nb.agent.tools import ALL_TOOLS
from rasgo_nb.agent.tools.base import ToolContext
from rasgo_nb.catalog.search.catalog import Catalog
from rasgo_nb.figure.picture import png_of, why_no_picture
from rasgo_nb.kernel_exec import run_cell

needs_browser = pytest.mark.skipif(bool(why_no_picture()), reason=f"no picture here: {why_no_picture()}")
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SHOW = "from IPython.display import Image, display\n"


def size_of(png):
    assert png.startswith(b"\x89PNG")
    return struct.unpack(">II", png[16:24])


@pytest.fixture
def results(session):
    """The result of a tool call, for a model that sees or one that doesn't."""
    session.shell.user_ns["pixel"] = PIXEL
    session.shell.user_ns["sales"] = pd.DataFrame({"day": [1, 2, 3], "amount": [1.0, 4.0, 2.0]})

    def results(tool, *, sees=True, **arguments):
        connection = session.connection()
        context = ToolContext(
            connection=connection,
            catalog=Catalog(connection.describe_tables()),
            user_ns=session.shell.user_ns,
            run_code=partial(run_cell, session.shell),
            sees_images=sees,
        )
        toolbox = Toolbox(ALL_TOOLS, context, Interface(sees_images=sees))
        return asyncio.run(toolbox.run(ToolCall("1", tool, arguments), context))

    return results


def test_a_picture_that_code_displays_goes_to_a_model_that_sees(results):
    result = results("run_python", code=f"{SHOW}display(Image(data=pixel))")
    assert [image.data for image in result.images] == [PIXEL]
    assert result.page["pictures"] == "1 of 1 attached"


def test_a_picture_that_is_the_value_of_the_cell_goes_too(results):
    assert [image.data for image in results("run_python", code=f"{SHOW}Image(data=pixel)").images] == [PIXEL]


def test_two_pictures_at_most_are_sent(results):
    result = results("run_python", code=f"{SHOW}for _ in range(5): display(Image(data=pixel))")
    assert len(result.images) == 2
    assert result.page["pictures"] == "2 of 5 attached"


@pytest.mark.parametrize("data", ["'no base64!'", "'aGVsbG8='", "'A' * 2_000_000", "7", "None"])
def test_what_is_no_small_picture_is_not_sent(results, data):
    code = (
        f"from IPython.display import display\ndisplay({{'image/png': {data}, 'text/plain': 'x'}}, raw=True)"
    )
    result = results("run_python", code=code)
    assert not result.is_error
    assert result.images == ()


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("run_python", {"code": f"{SHOW}display(Image(data=pixel))"}),
        ("show_chart", {"dataframe": "sales", "x": "day", "y": "amount"}),
    ],
)
def test_a_model_that_does_not_see_gets_no_picture(results, tool, arguments):
    result = results(tool, sees=False, **arguments)
    assert not result.is_error
    assert result.images == ()
    assert not {"picture", "pictures"} & result.page.keys()


def test_a_chart_is_drawn_also_where_no_picture_can_be_made(results):
    code = (
        "import os; os.environ['BROWSER_PATH'] = '/nowhere/chrome'\n"
        "import plotly.graph_objects as go\n"
        "from rasgo_nb.figure.picture import png_of, why_no_picture\n"
        "figure = go.Figure(go.Bar(x=[1], y=[2]))\n"
        "assert png_of(figure) is None and png_of(figure) is None\n"
        "print(why_no_picture())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 1
    assert len(done.stdout) > 20


@needs_browser
def test_a_chart_goes_to_a_model_that_sees(results):
    result = results("show_chart", dataframe="sales", x="day", y="amount")
    assert result.page["picture"] == "attached"
    assert size_of(result.images[0].data) == (800, 500)


@needs_browser
@pytest.mark.parametrize(("layout", "size"), [({}, (400, 250)), ({"width": 500, "height": 1000}, (200, 400))])
def test_the_longer_side_has_the_pixels_asked_for(layout, size):
    assert size_of(png_of(go.Figure(go.Bar(x=[1], y=[2]), layout=layout), max_px=400)) == size


@needs_browser
def test_a_second_picture_is_quick():
    figure = go.Figure(go.Bar(x=[1], y=[2]))
    png_of(figure)
    began = time.perf_counter()
    assert png_of(figure)
    assert time.perf_counter() - began < 3


@needs_browser
def test_no_browser_is_left_when_the_process_ends(tmp_path):
    code = (
        "import plotly.graph_objects as go\n"
        "from rasgo_nb.figure.picture import png_of\n"
        "print(len(png_of(go.Figure(go.Bar(x=[1], y=[2])))))"
    )
    environment = os.environ | {"RASGO_NB_MARK": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert int(done.stdout) > 1000, done.stderr
    assert done.returncode == 0
    assert running_with(str(tmp_path)) == []


def running_with(mark):
    """The processes that inherited a mark in their environment, a few seconds after it should be gone."""
    for _ in range(50):
        left = [path.parent.name for path in Path("/proc").glob("[0-9]*/environ") if _holds(path, mark)]
        if not left:
            return []
        time.sleep(0.1)
    return left


def _holds(path, mark):
    try:
        return mark.encode() in path.read_bytes()
    except OSError:
        return False
