from pathlib import Path

import pytest

from ingestion.settings import VARIABLES, Settings, SettingsError, web_root


def test_an_empty_environment_gives_simulated_sources_below_var(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_env({})
    assert settings.is_simulated
    assert settings.warehouse_dir == tmp_path / "var"
    assert settings.landing_dir == tmp_path / "var/simulated/landing"
    assert settings.claude_config_dirs == (tmp_path / "var/simulated/claude",)
    assert settings.keep_conversation_text


def test_a_file_in_the_default_landing_folder_turns_the_simulation_off(tmp_path):
    landing = tmp_path / "landing/social"
    landing.mkdir(parents=True)
    assert Settings.from_env({"WAREHOUSE_DIR": str(tmp_path)}).is_simulated
    (landing / "a.jsonl").write_text("{}\n")
    settings = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path)})
    assert not settings.is_simulated
    assert settings.claude_config_dirs == ()
    assert not settings.keep_conversation_text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LANDING_DIR", "/does/not/exist"),
        ("LANDING_DIR", "~nobody-of-this-name/landing"),
        ("WAREHOUSE_DIR", "~nobody-of-this-name/var"),
        ("WAREHOUSE_DIR", "/" + "long" * 80),
        ("CLAUDE_CONFIG_DIR", "/does/not/exist"),
        ("REPORTING_TIMEZONE", "Mars/Olympus"),
        ("REPORTING_TIMEZONE", "PST"),
        ("DUCKDB_MEMORY_LIMIT", "much"),
        ("DUCKDB_MEMORY_LIMIT", "0GB"),
        ("DUCKDB_MEMORY_LIMIT", "999999999999TB"),
        ("DUCKDB_THREADS", "0"),
        ("DUCKDB_THREADS", "two"),
        ("CONVERSATION_TEXT", "maybe"),
        ("REDACT_PROPERTIES", 'na"me'),
        ("LOCK_TIMEOUT_SECONDS", "soon"),
        ("LOCK_TIMEOUT_SECONDS", "99999999999"),
    ],
)
def test_a_wrong_value_is_an_error_that_names_variable_value_and_expectation(tmp_path, name, value):
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"WAREHOUSE_DIR": str(tmp_path), name: value})
    text = str(caught.value)
    assert name in text and repr(value) in text and "expected" in text


@pytest.mark.parametrize("value", ["ftp://host", "http://[host", "http://host:99999999", "http://a:b@host", "host"])
def test_an_address_that_is_none_is_refused_without_repeating_it(value):
    with pytest.raises(SettingsError, match=r"TWITCH_API_URL='\*\*\*' cannot be used: expected an address"):
        web_root("TWITCH_API_URL", value)


@pytest.mark.parametrize("below", ["", "/warehouse", "/a/b"])
def test_a_warehouse_that_would_lie_in_a_file_is_refused(tmp_path, below):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(SettingsError, match=r"WAREHOUSE_DIR=.*expected a folder"):
        Settings.from_env({"WAREHOUSE_DIR": f"{file}{below}"})
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nothing")
    with pytest.raises(SettingsError, match=r"WAREHOUSE_DIR=.*expected a folder"):
        Settings.from_env({"WAREHOUSE_DIR": f"{link}{below}"})


@pytest.mark.parametrize("name", ["it's", "a#b", "a?b", "a*b", "a[1]", "env=prod", "a%20b", "100%", "a\nb", "a\udcff"])
def test_a_path_that_the_tools_would_read_as_something_else_is_refused(tmp_path, monkeypatch, name):
    with pytest.raises(SettingsError, match=r"WAREHOUSE_DIR=.*expected a path in UTF-8 without"):
        Settings.from_env({"WAREHOUSE_DIR": str(tmp_path / name)})
    (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / name)
    with pytest.raises(SettingsError, match=r"WAREHOUSE_DIR=.*expected a path in UTF-8 without"):
        Settings.from_env({})


def test_the_folder_inside_a_configuration_folder_is_refused(tmp_path):
    (tmp_path / ".claude/projects").mkdir(parents=True)
    Settings.from_env({"WAREHOUSE_DIR": str(tmp_path), "CLAUDE_CONFIG_DIR": f"{tmp_path}/.claude"})
    with pytest.raises(SettingsError, match=r"expected the folder that holds projects/"):
        Settings.from_env({"WAREHOUSE_DIR": str(tmp_path), "CLAUDE_CONFIG_DIR": f"{tmp_path}/.claude/projects"})


@pytest.mark.parametrize("key", ["hunter2", "hunter2-and-more-in-latin-1-\udcfc"])
def test_a_key_that_is_short_or_no_text_is_refused_without_showing_it(tmp_path, key):
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"WAREHOUSE_DIR": str(tmp_path), "PII_HASH_KEY": key})
    assert "PII_HASH_KEY" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_the_key_shows_in_no_repr(tmp_path):
    settings = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path), "PII_HASH_KEY": "canary-" * 4})
    assert "canary" not in repr(settings) + str(settings.pii_hash_key)


def test_several_configuration_folders_are_split_at_commas(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "a")
    settings = Settings.from_env(
        {
            "WAREHOUSE_DIR": str(tmp_path / "w"),
            "CLAUDE_CONFIG_DIR": f"{tmp_path}/a, {tmp_path}/b,{tmp_path}/a/,{tmp_path}/link,{tmp_path}/b/../b",
        }
    )
    assert settings.claude_config_dirs == (tmp_path / "a", tmp_path / "b")
    assert not settings.is_simulated


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody can write, root included")
def test_a_folder_in_which_no_file_can_be_made_names_the_variable(tmp_path):
    (tmp_path / "state").symlink_to("/proc")
    with pytest.raises(SettingsError, match=r"WAREHOUSE_DIR=.* that this user may write"):
        Settings.from_env({"WAREHOUSE_DIR": str(tmp_path)}).check_writable()


def test_every_variable_has_a_meaning():
    assert all(variable.meaning.endswith(".") for variable in VARIABLES)
    assert len({variable.name for variable in VARIABLES}) == len(VARIABLES)
