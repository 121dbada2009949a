"""The agent-computer interface: one file is one tool is one page that the model reads."""

from rasgo_nb.agent.tools.ask_user import ask_user
from rasgo_nb.agent.tools.describe_variable import describe_variable
from rasgo_nb.agent.tools.final_answer import final_answer
from rasgo_nb.agent.tools.get_table_detail import get_table_detail
from rasgo_nb.agent.tools.list_variables import list_variables
from rasgo_nb.agent.tools.profile_columns import profile_columns
from rasgo_nb.agent.tools.propose_memory import propose_memory
from rasgo_nb.agent.tools.run_python import run_python
from rasgo_nb.agent.tools.run_sql import run_sql
from rasgo_nb.agent.tools.search_tables import search_tables
from rasgo_nb.agent.tools.show_chart import show_chart
from rasgo_nb.agent.tools.write_sql import write_sql

ALL_TOOLS = (
    search_tables,
    get_table_detail,
    profile_columns,
    run_sql,
    list_variables,
    describe_variable,
    run_python,
    show_chart,
    propose_memory,
    ask_user,
    final_answer,
)

# Where a model is set that writes SQL; what ends a run stays last.
ALL_WITH_SPECIALIST = (*ALL_TOOLS[:4], write_sql, *ALL_TOOLS[4:])

__all__ = ["ALL_TOOLS", "ALL_WITH_SPECIALIST"]
