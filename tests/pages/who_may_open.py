"""What every page answers each role, by the table of roles; what has no entry here fails the sweep."""

import re

from studio.accounts.roles import Scope, Verb, permission_names, scope_of

MODEL_PAGE = re.compile(
    r"admin:(?P<model>(?:accounts|billing|mail|office|sessions_app|tenancy|training)_[a-z]+)_(?P<page>[a-z-]+)"
)
VERBS = {
    "changelist": Verb.VIEW,
    "change": Verb.VIEW,
    "history": Verb.VIEW,
    "add": Verb.ADD,
    "delete": Verb.DELETE,
}
# Documents that are handed out as files -> the right of whoever sends them.
PAPERS = {
    "invoice": "billing.send_invoice",
    "paymentreceipt": "billing.add_paymentreceipt",
    "quoteversion": "billing.send_quote",
}
# The right that a page beside those five asks for, on its own model where no other is named; several: all of them.
ACTS = {
    "accounts_user_grant-role": "accounts.change_user",
    "accounts_user_revoke-role": "accounts.change_user",
    "accounts_user_deactivate": "accounts.change_user",
    "accounts_user_reactivate": "accounts.change_user",
    "accounts_invitation_resend": "accounts.change_invitation",
    "accounts_invitation_withdraw": "accounts.change_invitation",
    "billing_stripeevent_replay": "billing.replay_stripeevent",
    "billing_paymentattempt_book-again": ("billing.view_paymentattempt", "sessions_app.change_studiosession"),
    "billing_paymentattempt_offer-times": ("billing.view_paymentattempt", "sessions_app.change_studiosession"),
    "billing_paymentattempt_look-again": "billing.replay_stripeevent",
    "billing_paymentattempt_give-up": "billing.add_payment",
    "billing_refundattempt_look-again": "billing.replay_stripeevent",
    "billing_paymentattempt_keep-credit": "billing.credit_invoice",
    "billing_paymentattempt_pay-back": "billing.refund_payment",
    "billing_payment_open": "billing.add_payment",
    "billing_payment_put": "billing.add_allocation",
    "billing_payment_take-off": "billing.add_allocation",
    "billing_payment_refund": "billing.refund_payment",
    "billing_payment_receipt": "billing.add_paymentreceipt",
    "billing_payment_mistake": "billing.refund_payment",
    "billing_invoice_use-credit": "billing.add_allocation",
    "training_subscription_invoice": "billing.issue_invoice",
    **{f"billing_{each}_{page}": f"billing.view_{each}" for each in PAPERS for page in ("pdf", "printed")},
    **{f"billing_{each}_{act}": right for each, right in PAPERS.items() for act in ("print", "send")},
    **{
        f"billing_invoice_{act}": "billing.add_invoice"
        for act in ("deduct", "deposit", "discard", "facts", "fill", "sum", "work")
    },
    "billing_invoice_credit": "billing.credit_invoice",
    "billing_invoice_refund-part": ("billing.credit_invoice", "billing.refund_payment"),
    "billing_invoice_export": "billing.export_invoice",
    "billing_invoice_issue": "billing.issue_invoice",
    "billing_invoice_pay-link": "billing.send_invoice",
    "billing_invoice_prepaid": "billing.issue_invoice",
    "office_storedfile_download": "office.view_storedfile",
    "sessions_app_calendarfeed_revoke": "sessions_app.change_calendarfeed",
    "sessions_app_client_merge": "sessions_app.change_clientmerge",
    "sessions_app_clientimport_columns": "sessions_app.add_clientimport",
    "sessions_app_clientimport_discard": "sessions_app.delete_clientimport",
    "sessions_app_clientimport_go-on": "sessions_app.add_clientimport",
    "sessions_app_clientimport_preview": "sessions_app.add_clientimport",
    "sessions_app_clientimport_progress": "sessions_app.view_clientimport",
    "sessions_app_clientimport_report": "sessions_app.export_client",
    "sessions_app_clientimport_undo": "sessions_app.change_clientimport",
    "sessions_app_clientmerge_undo": "sessions_app.change_clientmerge",
    "sessions_app_project_archive": "sessions_app.change_project",
    "sessions_app_project_remove": "sessions_app.delete_project",
    "sessions_app_project_order": "sessions_app.change_track",
    "sessions_app_project_share": "sessions_app.add_sharelink",
    "sessions_app_project_deliver": "sessions_app.change_project",
    "sessions_app_project_label-copy": "sessions_app.view_track",
    "sessions_app_track_add-version": "sessions_app.add_trackversion",
    "sessions_app_track_share": "sessions_app.add_sharelink",
    "sessions_app_track_remove": "sessions_app.delete_track",
    "sessions_app_trackversion_audio": "sessions_app.view_trackversion",
    "sessions_app_trackversion_approve": "sessions_app.change_trackversion",
    "sessions_app_trackversion_withdraw": "sessions_app.change_trackversion",
    "sessions_app_trackversion_share": "sessions_app.add_sharelink",
    "sessions_app_trackversion_remove": "sessions_app.delete_trackversion",
    "sessions_app_sharelink_revoke": "sessions_app.change_sharelink",
    "sessions_app_studiosession_free": "sessions_app.change_studiosession",  # it says who is in the way
    "sessions_app_studiosession_projects": "sessions_app.change_studiosession",
    "sessions_app_equipment_maintain": "sessions_app.change_equipment",
    "sessions_app_equipment_take-back": "sessions_app.change_equipment",
    "sessions_app_studiosession_assign": "sessions_app.change_studiosession",
    "sessions_app_sessionextra_take-back": "sessions_app.delete_sessionextra",
    "sessions_app_sessionfee_waive": "sessions_app.waive_sessionfee",
    "sessions_app_studiosession_price": "sessions_app.view_sessionpriceline",
    "sessions_app_studiosession_check-in": "sessions_app.change_studiosession",
    "sessions_app_studiosession_longer": "sessions_app.change_studiosession",
    "sessions_app_studiosession_extra": "sessions_app.add_sessionextra",
    "sessions_app_studiosession_overage": "sessions_app.add_sessionextra",
    "sessions_app_studiosession_reprice": "sessions_app.change_sessionpriceline",
    "sessions_app_studiosession_undo": "sessions_app.undo_attendance",
    "training_dormantrun_preview": "training.add_dormantrun",
    "training_member_checkup": "training.add_bodycheckup",
    "training_member_comment": "training.add_membercomment",
    "training_member_convert-collaboration": "training.steer_member",
    "training_member_convert-trial": "training.steer_member",
    "training_member_export": "training.export_member",
    "training_member_layout": "training.view_member",
    "training_member_profile": "training.view_member",
    "training_member_reactivate": "training.steer_member",
    "training_member_status": "training.steer_member",
    "training_machine_empty": "training.add_machineoutage",
    **{
        f"training_trainingsession_{act}": "training.change_trainingsession"
        for act in ("assign", "cancel", "member", "move", "start")
    },
    "training_trainingsession_complete": "training.add_sessionoutcome",
    "training_trainingsession_export": "training.export_member",
    "training_trainingsession_reopen": "training.reopen_sessionoutcome",
    "training_machine_outage": "training.add_machineoutage",
    "training_machine_reinstate": "training.change_machine",
    "training_machine_retire": "training.change_machine",
    "training_machineoutage_back": "training.change_machineoutage",
    "training_machineoutage_end": "training.change_machineoutage",
    "training_machineoutage_call-off": "training.change_machineoutage",
    "training_machineoutage_prolong": "training.change_machineoutage",
    **{
        f"training_subscription_{act}": "training.change_subscription"
        for act in ("begin", "cancel", "pause", "renew", "resume", "sum", "upgrade")
    },
    "training_subscription_adjust": "training.adjust_creditentry",
    "training_trainer_day": "training.view_trainer",
    "training_trainer_statistics": "training.view_trainer",
    **{
        f"billing_quote_{act}": "billing.send_quote"
        for act in (
            *("accept", "decline", "deposit", "invoice", "link", "project", "send", "take-back"),
            "withdraw",
        )
    },
    "billing_quote_copy": "billing.add_quote",
    "billing_package_adjust": "billing.adjust_packageentry",
    "billing_package_sell": "billing.change_package",
    **{f"billing_expense_{act}": "billing.change_expense" for act in ("cancel", "pay", "reopen")},
    "billing_expense_receipt": "billing.view_expense",
    **{
        f"billing_contract_{act}": "billing.change_contract" for act in ("end", "send", "sign", "take-back", "withdraw")
    },
    "billing_contract_signed": "billing.view_contract",
    "billing_reminderpause_end": "billing.send_reminderletter",
    "billing_recurringinvoice_invoice": "billing.change_recurringinvoice",
    "sessions_app_sessionseries_preview": "sessions_app.add_sessionseries",
    "sessions_app_sessionseries_move": "sessions_app.change_sessionseries",
    "sessions_app_sessionseries_change-all": "sessions_app.change_sessionseries",
    "sessions_app_sessionseries_extend": "sessions_app.change_sessionseries",
    "sessions_app_sessionseries_settle": "sessions_app.change_sessionseries",
    "sessions_app_sessionseries_cancel": "sessions_app.change_sessionseries",
    "sessions_app_studiosession_hold": "sessions_app.add_studiosession",
    "sessions_app_studiosession_request": "sessions_app.add_studiosession",
    "sessions_app_studiosession_ask-payment": "sessions_app.change_studiosession",
    "sessions_app_studiosession_decline": "sessions_app.change_studiosession",
    "sessions_app_studiosession_extend": "sessions_app.change_studiosession",
    "sessions_app_studiosession_challenge": "sessions_app.change_studiosession",
    "sessions_app_studiosession_withdraw-challenge": "sessions_app.change_studiosession",
    "sessions_app_studiosession_release": "sessions_app.change_studiosession",
    "sessions_app_waitlistentry_accept": "sessions_app.change_waitlistentry",
    "sessions_app_waitlistentry_decline": "sessions_app.change_waitlistentry",
    "sessions_app_waitlistentry_withdraw": "sessions_app.change_waitlistentry",
    "sessions_app_studiosession_move": "sessions_app.change_studiosession",
    "sessions_app_studiosession_confirm": "sessions_app.change_studiosession",
    "sessions_app_studiosession_start": "sessions_app.change_studiosession",
    "sessions_app_studiosession_complete": "sessions_app.change_studiosession",
    "sessions_app_studiosession_no-show": "sessions_app.change_studiosession",
    "sessions_app_studiosession_cancel": "sessions_app.change_studiosession",
    "sessions_app_closedperiod_reopen": "sessions_app.change_closedperiod",
    "sessions_app_timeentry_correct": "sessions_app.change_timeentry",
    "sessions_app_timeentry_remove": "sessions_app.delete_timeentry",
    "sessions_app_timeentry_stop": "sessions_app.change_timeentry",
    "sessions_app_timeentry_export": "sessions_app.export_timeentry",
    "tenancy_studio_progress": "tenancy.view_studio",
    "tenancy_studio_resume": "tenancy.change_studio",
    "tenancy_studio_invite-owner": "tenancy.change_studio",
    "tenancy_studio_back-up": "tenancy.change_studio",
    "tenancy_studio_let-mails-go": "tenancy.change_studio",
    "tenancy_studio_check": "tenancy.change_studio",
    "tenancy_studio_suspend": "tenancy.change_studio",
    "tenancy_studio_reactivate": "tenancy.change_studio",
}
# Pages that nobody gets, whatever the role: rows that are kept, or made and ended by acts.
FOR_NOBODY = {
    "accounts_accountsession_add",
    "accounts_accountsession_delete",
    "accounts_auditevent_add",
    "accounts_auditevent_delete",
    "accounts_invitation_delete",
    "billing_contract_delete",
    "billing_expense_delete",
    "billing_package_delete",
    "billing_recurringinvoice_delete",
    "billing_reminderpolicy_add",
    "billing_reminderpolicy_delete",
    "accounts_loginsession_add",
    "accounts_loginsession_delete",
    "mail_emailmessage_add",
    "mail_emailmessage_delete",
    "office_openinghours_delete",
    "office_pendingfile_add",
    "office_pendingfile_delete",
    "office_storedfile_delete",
    "office_studioprofile_add",
    "office_studioprofile_delete",
    "sessions_app_holdchallenge_add",
    "sessions_app_holdchallenge_delete",
    "sessions_app_sessionrequest_add",
    "sessions_app_sessionrequest_delete",
    "sessions_app_sessionseries_delete",
    "sessions_app_waitlistentry_delete",
    "sessions_app_calendarfeed_delete",
    "sessions_app_noticetext_add",
    "sessions_app_noticetext_delete",
    "sessions_app_sessionnotice_add",
    "sessions_app_sessionnotice_delete",
    "sessions_app_clientimport_delete",
    "sessions_app_clientmerge_add",
    "sessions_app_clientmerge_delete",
    "sessions_app_closedperiod_delete",
    "sessions_app_equipmentservice_add",
    "sessions_app_sessionassignment_add",
    "sessions_app_sessionextra_add",
    "sessions_app_sessionextra_delete",
    "sessions_app_sessionfee_add",
    "sessions_app_sessionfee_delete",
    "sessions_app_sharelink_add",
    "sessions_app_sharelink_delete",
    "sessions_app_studiosession_delete",
    "sessions_app_trackcomment_add",
    "sessions_app_trackversion_add",
    "sessions_app_trackversion_delete",
    "tenancy_capsule_add",
    "tenancy_capsule_delete",
    "tenancy_migrationresult_add",
    "tenancy_migrationresult_delete",
    "tenancy_migrationrun_add",
    "tenancy_migrationrun_delete",
    "tenancy_schemareport_add",
    "tenancy_schemareport_delete",
    "tenancy_studio_delete",
    "training_dormantrun_add",
    "training_dormantrun_delete",
    "training_machineoutage_add",
    "training_machineoutage_delete",
    "training_outagecase_add",
    "training_outagecase_delete",
    "training_sessionoutcome_add",
    "training_sessionoutcome_delete",
    "training_sessiontype_add",
    "training_sessiontype_delete",
    "training_trainingsession_add",
    "training_creditentry_add",
    "training_creditentry_delete",
    "training_subscription_delete",
    "training_trainerpay_add",
    "training_trainerpay_delete",
}
# Pages that only lead to another one, which asks for its own right.
LEADING_ON = {"sessions_app_project_delete", "sessions_app_timeentry_delete"}
# Pages about rows of a kind that the row made first is not: they say so, and lead back to it.
LEADING_BACK = {
    "training_member_convert-collaboration",
    "training_member_convert-trial",
    *(f"billing_invoice_{act}" for act in ("deduct", "deposit", "discard", "facts", "issue", "prepaid", "work")),
}
# Pages whose address names no row: the sweep's key is no kind of file.
OF_NO_ROW = {
    "billing_invoice_export",
    "sessions_app_timeentry_export",
    "training_member_export",
    "training_trainingsession_export",
}
# Lists of one row lead whoever may see it there.
LISTS_OF_ONE = {"billing_reminderpolicy_changelist", "office_studioprofile_changelist"}
# Bytes of files: whoever may not have them is not told that they are there.
FILES = {
    "billing_contract_signed",
    "billing_expense_receipt",
    *(f"billing_{each}_pdf" for each in PAPERS),
    "office_storedfile_download",
    "sessions_app_trackversion_audio",
}
# Pages of the back office that belong to no model: status for somebody with a role.
PAGES = {
    "admin:index": {200},
    "admin:reports": {200},  # every role sees some of them in a house of both kinds
    "admin:track-upload-begin": {405},
    "admin:track-upload-part": {405},
    "admin:track-upload-finish": {405},
    "admin:track-comment": {405},
    "admin:track-settle": {405},
    "admin:search": {200},
    "admin:jsi18n": {200},
    "admin:login": {302},
    "admin:logout": {302},
    "admin:password_change": {302},
    "admin:password_change_done": {200},
    "admin:autocomplete": {403},  # it asks which field
    "admin:view_on_site": {404},
    "admin:app_list": {200, 404},  # 404 where the role opens nothing of that app
    "admin:django.views.generic.base.RedirectView": {302},  # old addresses of an object
}
# Pages that show everybody's rows of a model: not for those who see their own only.
ALL_ROWS_OF = dict.fromkeys(
    [
        "admin:availability",
        "admin:day-sheet",
        "admin:calendar",
        "admin:calendar-list",
        "admin:calendar-feed",
        "admin:calendar-find",
        "admin:report-room-months",
        "admin:report-rooms",
    ],
    "sessions_app.studiosession",
)
# Doors that take a POST only: the right that they ask for.
POSTS = {
    "admin:calendar-move": "sessions_app.change_studiosession",
    "admin:training-assign": "training.change_trainingsession",
    "admin:training-called": "training.change_outagecase",
    "admin:training-complete": "training.add_sessionoutcome",
    "admin:training-completion-day": "training.add_sessionoutcome",
    "admin:training-machine-switch": "training.change_machine",
}
# Page -> the model of the row that it is about.
ABOUT = {
    "admin:session-deposit": "sessions_app_studiosession",
    **dict.fromkeys(
        [
            f"admin:billing-{page}"
            for page in ("reminder", "reminder-pause", "statement", "statement-pdf", "statement-send")
        ],
        "sessions_app_client",
    ),
}
# Other pages that belong to no model: the right that they ask for, and what they answer with it.
BY_RIGHT = {
    "admin:cash-desk": ("billing.add_paymentreceipt", {200}),
    "admin:session-deposit": ("billing.issue_invoice", {200}),
    "admin:report-engineer-hours": ("sessions_app.view_timeentry", {200}),
    "admin:report-no-shows": ("sessions_app.view_sessionfee", {200}),
    "admin:report-machines": ("training.view_trainingsession", {200}),
    "admin:report-trainer-pay": ("training.view_trainerpay", {200}),
    "admin:report-missed-training": ("training.view_member", {200}),
    "admin:report-retention": ("training.view_member", {200}),
    "admin:report-client-value": ("billing.view_invoice", {200}),
    "admin:report-quotes": ("billing.view_quote", {200}),
    **{
        f"admin:report-{name}": ("billing.view_ledgerentry", {200})
        for name in (
            *("revenue", "revenue-clients", "revenue-services", "revenue-lines", "vat", "vat-documents"),
            *("receivables", "payments", "expenses", "expense-lines", "accounts", "journal"),
        )
    },
    "admin:fec": ("billing.export_invoice", {200}),
    "admin:cash-desk-sum": ("billing.add_paymentreceipt", {200}),
    "admin:takings": ("billing.view_tillclosing", {200}),
    "admin:billing-register": ("billing.view_numberseries", {200}),
    "admin:billing-online-account": ("billing.view_paymentattempt", {200}),
    "admin:billing-late-money": ("billing.view_paymentattempt", {200}),
    "admin:billing-late-move": ("sessions_app.change_studiosession", {404}),
    "admin:billing-reminders": ("billing.view_reminderletter", {200}),
    "admin:billing-reminder": ("billing.send_reminderletter", {200}),
    "admin:billing-reminder-pause": ("billing.send_reminderletter", {200}),
    "admin:billing-statement": ("billing.view_payment", {200}),
    "admin:billing-statement-pdf": ("billing.view_payment", {200}),
    "admin:billing-statement-send": ("billing.send_invoice", {200}),
    "admin:billing-to-invoice": ("billing.add_invoice", {200}),
    "admin:client_duplicates": ("sessions_app.change_clientmerge", {200}),
    "admin:clock-changes": ("sessions_app.change_studiosession", {200}),
    "admin:try-prices": ("sessions_app.view_pricerule", {200}),
    "admin:time": ("sessions_app.view_timeentry", {200}),
    "admin:time-report": ("sessions_app.view_timeentry", {200}),
    "admin:time-of": ("sessions_app.view_timeentry", {404}),  # of nothing
    "admin:time-clock": ("sessions_app.add_timeentry", {302}),  # a fragment; as a page it is the week
    "admin:time-stop": ("sessions_app.add_timeentry", {405}),
    "admin:training-book": ("training.add_trainingsession", {200}),
    "admin:training-completion": ("training.add_sessionoutcome", {200}),
    "admin:training-day": ("training.view_trainingsession", {200}),
    "admin:training-enter": ("training.add_sessionoutcome", {200}),
    "admin:training-members": ("training.add_trainingsession", {200}),
    "admin:training-session": ("training.view_trainingsession", {404}),  # of nothing
}
# Pages around an account: a page, a way on, nothing there, not by GET, used up.
AROUND_AN_ACCOUNT = {200, 302, 404, 405, 410}
# Pages outside the back office -> what each role gets: the last is for whoever may see sessions.
OWN_PAGES = {
    "billing:quote-page": {404},  # no such token
    "billing:quote-accept": {405},
    "billing:quote-pdf": {404},  # no such token
    "billing:quote-decline": {405},
    **{f"billing:pay-{page}": {404} for page in ("page", "back", "pdf", "receipt")},  # no such token
    "billing_platform:stripe-webhook": {405},
    "sessions_app:feed-read": {404},  # no such token
    "sessions_app:feed-revoke": {405},
    "sessions_app:feed-list": {200},
}


def expected(name, role):
    """The statuses that a page may answer the holder of a role with, by the table of roles."""
    if match := MODEL_PAGE.fullmatch(name):
        return expected_of_model(match["model"], match["page"], role)
    if model := ALL_ROWS_OF.get(name):
        return {200} if scope_of([role], model, Verb.VIEW) is Scope.ALL else {403}
    if name in BY_RIGHT:
        right, statuses = BY_RIGHT[name]
        return statuses if right in permission_names(role) else {403}
    if right := POSTS.get(name):
        return {405} if right in permission_names(role) else {403}
    if name.startswith("admin:"):
        return PAGES[name]
    return OWN_PAGES.get(name, AROUND_AN_ACCOUNT)


def is_for_own_rows(right, role):
    """Return whether a right is for rows that name the person, which those of the sweep do not."""
    app, _dot, code = right.partition(".")
    verb, _separator, noun = code.partition("_")
    return verb in set(Verb) and scope_of([role], f"{app}.{noun}", Verb(verb)) is Scope.OWN


def expected_of_model(model, page, role):
    name = f"{model}_{page}"
    if name in FOR_NOBODY | LEADING_ON:
        return {403} if name in FOR_NOBODY else {302}
    app, _separator, noun = model.rpartition("_")
    refused = 404 if name in FILES else 403
    is_about_a_row = page not in {"changelist", "add", "free", "price", "projects", "sum"}
    if is_about_a_row and scope_of([role], f"{app}.{noun}", Verb.VIEW) is Scope.OWN:
        return {302, refused, 404}  # a row of somebody else does not exist
    asked = f"{app}.{VERBS[page]}_{noun}" if page in VERBS else ACTS[name]
    rights = (asked,) if isinstance(asked, str) else asked
    if not {*rights} <= {*permission_names(role)} or (
        page not in VERBS and any(is_for_own_rows(each, role) for each in rights)
    ):
        return {refused}
    if name in OF_NO_ROW:
        return {404}
    return {302} if name in LISTS_OF_ONE | LEADING_BACK else {200}
