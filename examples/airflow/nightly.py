"""A DAG whose tasks hold access for as long as they run, and no connection's
password is kept in Airflow. The workers reach dbaccess as the service that their
identity token names (a projected token on Kubernetes, $DBACCESS_ID_TOKEN_FILE
elsewhere)."""

import pendulum
from airflow.models.dag import DAG
from airflow.operators.bash import BashOperator

with DAG(
    "nightly_report",
    schedule="0 2 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    default_args={"retries": 2, "retry_delay": pendulum.duration(minutes=5)},
) as dag:
    # A task that Airflow kills gets a SIGTERM: dbaccess passes it on and ends the access.
    BashOperator(
        task_id="report",
        bash_command='dbaccess exec -d shop -p masked-read -t 20m -r "nightly report" -- psql -X -v ON_ERROR_STOP=1 -f psql/report.sql',
        append_env=True,
        skip_on_exit_code=124,  # nobody has decided yet: the next run asks again
    )
    # Python in the task finds the database in its environment, as every libpq client does.
    BashOperator(
        task_id="count",
        bash_command="""dbaccess exec -d shop -p masked-read -t 20m -r "nightly count" -- python3 -c 'import os; print("as", os.environ["PGUSER"])'""",
        append_env=True,
    )
