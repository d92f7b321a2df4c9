"""A run that waits for the pool's slot leaves the machine to the run that has it, and can be stopped."""

import os
import signal
import threading
import time
from pathlib import Path

from dagster import DagsterInstance, job, op

from orchestration.run_log import summarize
from orchestration.waiting import wait_calmly

POOL = "waited_for"


def test_a_run_that_waits_takes_no_processor_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    wait_calmly()
    ran = []

    @op(pool=POOL)
    def step() -> None:
        ran.append(True)

    @job
    def waiting() -> None:
        step()

    limits = {"concurrency": {"pools": {"default_limit": 1, "granularity": "op"}}}
    with DagsterInstance.local_temp(str(tmp_path), overrides=limits) as instance:
        storage = instance.event_log_storage
        storage.initialize_concurrency_limit_to_default(POOL)
        assert storage.claim_concurrency_slot(POOL, "another run", "its step").is_claimed
        spent: list[float] = []

        def stop() -> None:
            # Not before it waits: until then a signal would end the test.
            while not storage.get_concurrency_info(POOL).pending_step_count:
                time.sleep(0.1)
            before = time.process_time()
            time.sleep(1)
            spent.append(time.process_time() - before)
            os.kill(os.getpid(), signal.SIGINT)

        # What would never end fails instead.
        freed = threading.Timer(60, storage.free_concurrency_slots_for_run, ("another run",))
        threading.Thread(target=stop, daemon=True).start()
        freed.start()
        result = waiting.execute_in_process(instance=instance, raise_on_error=False)
        assert freed.is_alive()
        freed.cancel()
        assert spent[0] < 0.5
        assert not result.success and not ran
        summary = summarize(instance, result.run_id)
        assert summary.is_interrupted and not summary.failed_steps
