"""Field classes of this room, of the rooms below, and of the libraries' tables. Rooms above declare their own.

The rooms below cannot know this list's reason; their few fields stand here beside the vault's.
"""

from __future__ import annotations

from linli.foundation.core.classes import declare, declare_alike, declare_each


def _core() -> None:
    declare("core.District", slug="code", name_zh="official", name_en="official", host="code", zone="code",
            charter_file="code", is_demonstration="count", enrolled_at="moment")  # fmt: skip
    declare("core.IdBlock", name="code", next="count")
    declare(
        "core.CharterVersion",
        digest="digest",
        content="settings",
        valid_from="moment",
        adopted_at="moment",
        adopted_by="id",
    )
    declare("core.CalendarDay", day="moment", name="official", kind="code", source="official")
    declare("core.CalendarYear", year="count", source="official", loaded_at="moment")
    declare("core.Event", code="code", actor="id", actor_kind="code", appointment="id", place="id", subject_type="code",
            subject_id="id", seq="count", data="code", charter="digest", at="moment", salt="digest", alg="code",
            leaf="digest")  # fmt: skip
    declare("core.Outbox", handler="code", event="id", payload="code", job_key="code", due_at="moment",
            lease_until="moment", token="count", attempts="count", last_error="code", done_at="moment",  # noqa: S106  # a fencing number
            dead_at="moment")  # fmt: skip
    declare(
        "core.IdempotencyKey",
        door="code",
        key="code",
        digest="digest",
        status="count",
        reference="code",
        at="moment",
    )
    declare("core.Clock", subject_type="code", subject_id="id", kind="code", round="count", unit="id", amount="count",
            span_unit="code", starts="code", started_at="moment", pauses="settings", extensions="settings",
            state="code", next_due="moment", stopped_at="moment", breached_at="moment", latest="moment", charter="digest")  # fmt: skip
    declare("core.RateBucket", door="code", who="digest", tokens="count", at="moment")
    declare(
        "core.SecurityEvent", code="code", actor="id", door="code", who="digest", data="code", at="moment"
    )
    declare("core.StoredFile", public_id="code", name="code", sha256="digest", media_type="code", size="count",
            door="code", subject_type="code", subject_id="id", uploaded_by="id", at="moment", ended_at="moment")  # fmt: skip


def _accounts() -> None:
    declare_each(
        "accounts.User",
        {
            "password": "credential",
            "login_name": "code",
            "phone_index": "personal_index",
            "must_change_password": "count",
            "is_demonstration": "count",
            "created_at": "moment",
            "ended_at": "moment",
        },
    )
    declare("accounts.Grant", user="id", appointment="id", body="id", role="code", place="id", scope_path="place",
            kinds="code", label_zh="official", label_en="official", valid_from="moment", valid_to="moment")  # fmt: skip
    declare("accounts.SignedIn", user="id", grant="id", key_hash="credential", device="code", second_factor="count",
            created_at="moment", last_seen="moment", ended_at="moment")  # fmt: skip


def _places() -> None:
    declare("places.ImportRun", public_id="code", kind="code", state="code", file="id", errors="id", digest="digest",
            mapping="settings", rows="count", good="count", bad="count", created="count", changed="count",
            scope="place", started_by="id", started_at="moment", finished_at="moment")  # fmt: skip
    declare("places.Place", public_id="code", level="code", parent="id", path="place", name="official",
            pinyin="official", search_text="official", code="code", longitude="place", latitude="place",
            valid_from="moment", valid_to="moment")  # fmt: skip
    declare("places.PlaceCode", place="id", code="code", valid_from="moment", valid_to="moment")
    declare("places.PlaceName", place="id", name="official", valid_from="moment", valid_to="moment")
    declare("places.CompoundFile", place="id", address="place", built_year="count", household_count="count",
            management="code", has_lift="count", updated_at="moment")  # fmt: skip
    declare(
        "places.Building",
        place="id",
        code="code",
        name="official",
        storeys="count",
        completed_on="moment",
        ended_at="moment",
    )
    declare("places.Stairwell", building="id", code="code", name="official", ended_at="moment")
    declare(
        "places.Gate", place="id", name="official", longitude="place", latitude="place", ended_at="moment"
    )
    declare("places.Dwelling", place="id", building="id", stairwell="id", code="code", number="place", floor="count",
            area="count", ended_at="moment")  # fmt: skip
    declare("places.Grid", public_id="code", community="id", code="code", name="official", ended_at="moment")
    declare("places.GridPlace", grid="id", place="id", valid_from="moment", valid_to="moment")
    declare("places.Plate", code="code", kind="code", place="id", gate="id", stairwell="id", police_code="code",
            issued_at="moment", ended_at="moment")  # fmt: skip


def _people() -> None:
    declare("people.DataKey", key_id="id", wrapped="credential", destroyed_at="moment")
    declare("people.Person", public_id="code", name_mask="personal_masked", phone_mask="personal_masked",
            name_index="personal_index", phone_index="personal_index", id_index="personal_index", source="code",
            scope_path="place", account="id", created_at="moment", ended_at="moment", erased_at="moment")  # fmt: skip
    declare("people.PersonSecret", data_key="id", sealed_name="personal_sealed", sealed_phone="personal_sealed",
            sealed_id_number="personal_sealed", sealed_dwelling="personal_sealed")  # fmt: skip
    declare("people.KeptText", subject_type="code", subject_id="id", person="id", data_key="id",
            sealed="personal_sealed", at="moment", erased_at="moment")  # fmt: skip
    declare(
        "people.Household",
        public_id="code",
        compound="id",
        dwelling="id",
        valid_from="moment",
        valid_to="moment",
    )
    declare("people.Residence", person="id", household="id", compound="id", dwelling="id", kind="code",
            valid_from="moment", valid_to="moment")  # fmt: skip
    declare(
        "people.Ownership",
        person="id",
        compound="id",
        dwelling="id",
        share="count",
        valid_from="moment",
        valid_to="moment",
    )
    declare("people.Reveal", actor="id", appointment="id", role="code", person="id", text="id", fields="code",
            purpose="code", task_kind="code", task_id="id", place_path="place", at="moment")  # fmt: skip


_LIBRARIES = {
    "auth.Permission": "name content_type codename",
    "auth.Group": "name",
    "auth.Group_permissions": "group permission",
    "contenttypes.ContentType": "app_label model",
    "account.EmailAddress": "user email verified primary",
    "account.EmailConfirmation": "email_address created sent key",
    "socialaccount.SocialApp": "provider provider_id name client_id secret key settings",
    "socialaccount.SocialAccount": "user provider uid last_login date_joined extra_data",
    "socialaccount.SocialToken": "app account token token_secret expires_at",
    "axes.AccessFailureLog": "user_agent ip_address username http_accept path_info attempt_time locked_out",
    "axes.AccessAttempt": "user_agent ip_address username http_accept path_info attempt_time get_data post_data failures_since_start",
    "axes.AccessAttemptExpiration": "access_attempt expires_at",
    "axes.AccessLog": "user_agent ip_address username http_accept path_info attempt_time logout_time session_hash",
}


def _libraries() -> None:
    for model, fields in _LIBRARIES.items():
        declare_alike(model, fields.split(), "third_party")
    declare("sessions.Session", session_key="credential", session_data="credential", expire_date="moment")
    declare(
        "mfa.Authenticator",
        user="id",
        type="code",
        data="credential",
        created_at="moment",
        last_used_at="moment",
    )


def declare_all() -> None:
    """Called once at start, from this room's wiring."""
    for part in (_core, _accounts, _places, _people, _libraries):
        part()
