"""The view in a notebook, in a kernel of its own."""

import nbformat
import pytest
from nbclient import NotebookClient

SETUP = """\
import pandas as pd
import rasgo_nb
from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
%load_ext rasgo_nb
df = pd.DataFrame({'c': ['a', 'b'], 'n': [1, 2]})
model = ScriptedModel(
    say('Counting <b>all</b>.', call('run_sql', sql='SELECT c, n FROM df', save_as='sums')),
    say('', call('show_chart', dataframe='sums', x='c', y='n', save_as='chart')),
    say('', call('final_answer', text='It is **3**.', dataframes=['sums'], figures=['chart'])),
)
"""


QUIET = """
from rasgo_nb.front import session_of, view_for
told = say('', call('final_answer', text='There are 2, not 99.', steps=[1], dataframes=['twos']))
lines = ScriptedModel(say('', call('run_sql', sql='SELECT 2 AS n', save_as='twos')), told, told)
view = view_for(get_ipython(), quiet=True)
await session_of(get_ipython()).ask('How many?', model=lines, view=view, desk=view.desk)
"""


@pytest.fixture(scope="module")
def cells():
    """The outputs of a run that draws a chart, and of a quiet one."""
    cells = [SETUP, "run = rasgo_nb.ask('How many?', model=model)", QUIET]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return [cell.outputs for cell in notebook.cells[1:]]


@pytest.fixture
def outputs(cells):
    return cells[0]


def test_a_quiet_answer_is_alone_but_for_the_marks_of_its_unverified_numbers(cells):
    quiet = cells[1][0]
    run = quiet.data["application/vnd.rasgo.run+json"]
    assert (run["steps"], run["answer"]["steps"], run["totals"]) == ([], [], "")
    assert [(one["text"], one["how"], one["step"]) for one in run["answer"]["numbers"]] == [
        ("2", "found", 0),
        ("99", "unverified", 0),
    ]
    assert "Unverified" in quiet.data["text/html"]
    assert "href" not in quiet.data["text/html"]
    assert "99 (?)" in quiet.data["text/plain"]


def test_a_run_is_one_output_with_html_and_text(outputs):
    runs = [output for output in outputs if "rasgo-run" in output.get("data", {}).get("text/html", "")]
    assert len(runs) == 1
    assert "Counting &lt;b&gt;all&lt;/b&gt;." in runs[0].data["text/html"]
    assert "It is **3 (?)**." in runs[0].data["text/plain"]


def test_where_nobody_can_look_the_saved_run_holds_no_widget(outputs):
    kinds = [set(output.get("data", {})) for output in outputs]
    assert kinds[0] == {"application/vnd.rasgo.run+json", "text/html", "text/plain"}
    run = outputs[0].data["application/vnd.rasgo.run+json"]
    assert (run["status"], run["live"], run["answer"]["text"]) == ("answered", False, "It is **3**.")


def test_figure_and_frame_of_the_answer_are_plain_outputs(outputs):
    assert len(outputs) == 3
    assert "application/vnd.plotly.v1+json" in outputs[1].data
    assert "sums" not in outputs[2].data["text/plain"]
    assert "<table" in outputs[2].data["text/html"]
