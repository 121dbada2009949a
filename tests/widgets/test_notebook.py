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


@pytest.fixture(scope="module")
def outputs():
    """The outputs of a run that draws a chart, and of a quiet one."""
    cells = [SETUP, "run = rasgo_nb.ask('How many?', model=model)"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return notebook.cells[1].outputs


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
