"""What accounts declares: charter keys, verbs, events, desk pages, start-up checks."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts import checks as checks  # registers the start-up checks
from linli.foundation.core import charter, ledger, ui
from linli.foundation.core.rules.charter import SPAN, Key, integer
from linli.foundation.core.rules.events import EventType, FieldKind

KEYS = (
    Key("accounts.session.idle", SPAN),
    Key("accounts.session.absolute", SPAN),
    Key("accounts.lock.failures", integer(3, 20)),
    Key("accounts.lock.time", SPAN),
)

GRANT_FIELDS: dict[str, FieldKind] = {
    "user": "id", "appointment": "id", "body": "id", "role": "code", "scope": "id", "kinds": "codes",
    "replaces": "id", "sessions": "count",
}  # fmt: skip

EVENTS = (
    EventType("account.created", "账号已开通", "Account opened", {"demonstration": "flag"}),
    EventType("account.ended", "账号已停用", "Account ended", {"sessions": "count", "grants": "count"}),
    EventType("account.password_set", "密码已由管理员重置", "Password reset by the office", {"sessions": "count"}),
    EventType("account.password_changed", "密码已由本人修改", "Password changed by its owner", {"sessions": "count"}),
    EventType("account.factor_added", "已添加第二验证方式：{kind}", "Second factor added: {kind}", {"kind": "code", "factor": "id"}),
    EventType("account.factor_removed", "已移除第二验证方式：{kind}", "Second factor removed: {kind}", {"kind": "code", "factor": "id", "sessions": "count"}),
    EventType("account.factors_reset", "第二验证方式已由管理员清除（{count}项）", "Second factors cleared by the office ({count})", {"count": "count", "sessions": "count"}),
    EventType("account.sessions_ended", "登录已结束：{count}处", "Sign-ins ended: {count}", {"count": "count"}),
    EventType("account.linked", "统一身份已关联", "Single sign-on linked", {}),
    EventType("account.unlinked", "统一身份已解除关联", "Single sign-on unlinked", {}),
    EventType("grant.filed", "授权已登记：{role}", "Grant filed: {role}", GRANT_FIELDS),
    EventType("grant.ended", "授权已终止：{role}", "Grant ended: {role}", {"user": "id", "appointment": "id", "role": "code", "sessions": "count"}),
)  # fmt: skip


def connect() -> None:
    """Called once when the app is ready."""
    charter.declare(*KEYS)
    charter.declare_verbs("accounts.manage")
    ledger.declare(*EVENTS)
    ui.desk_entry(ui.DeskEntry(_("Accounts"), "accounts:list", "accounts.manage", 900, "people"))
