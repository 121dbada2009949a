"""A run tells where its numbers come from right before its answer."""

from provenance.traced_answers import trace

from rasgo_nb.agent.events import Answer, Answered, NumbersTraced, RunNoted
from rasgo_nb.agent.messages import Usage
from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.provenance.telling import telling, without_values

COUNT = say("", call("run_sql", sql="SELECT count(*) AS orders FROM orders", save_as="counted"))


def test_numbers_are_told_right_before_the_answer(ask):
    run, events = ask(ScriptedModel(COUNT, say("There are 4 orders, not 5.")))
    assert [type(one) for one in events[-2:]] == [NumbersTraced, Answered]
    assert [(one.text, one.how) for one in run.provenance.numbers] == [("4", "found"), ("5", "unverified")]
    assert run.provenance.share == 0.5
    assert "provenance" not in repr(run)


def test_words_alone_tell_nothing(ask):
    run, events = ask(ScriptedModel(COUNT, say("There are some orders.")))
    assert run.provenance is None
    assert not any(isinstance(one, NumbersTraced) for one in events)


def test_an_answer_is_told_though_its_numbers_cannot_be_traced():
    told = []
    broken = RunLog(steps=[None])
    tell = telling(told.append, broken, "", shows_values=lambda: True)
    tell(Answered(Answer("There are 4."), Usage(), 0.1))
    assert [type(one) for one in told] == [RunNoted, Answered]


def test_below_the_level_rows_places_have_no_values():
    hidden = without_values(trace("EV is at 20.0 minutes."))
    assert "EV" not in repr(hidden.numbers[0].said)
    assert [place.value for place in hidden.numbers[0].places] == [""]
    assert hidden.numbers[0].said == "mean_delay of row 1 in step 1"
