"""What the two former systems' tables look like, so that a source can be compared with it.

Facts about programs that are not ours: written once, never migrated. A column before the bar is one the
former system's own code relies on, whether or not each of its databases has it; one after the bar came in
some later state of it and is not missed. A table with nothing before the bar is not missed either.
"""

from dataclasses import dataclass
from functools import cache

RECORDING = """
ai_action_logs: session_id action_name params result status created_at | error execution_time_ms
ai_conversations: session_id user_id messages total_messages created_at updated_at | page_context actions_called
client_contacts: client_id first_name last_name title email phone is_primary created_at updated_at
client_notes: client_id note created_by created_at
client_portal_accounts: client_id email password_hash email_verified is_active created_at updated_at |
    email_verified_at last_login_at login_count is_locked locked_at locked_reason reset_token reset_token_expires_at
client_portal_activity_logs: client_id action description status created_at | resource_type resource_id metadata
    ip_address user_agent error_message
client_portal_magic_links: client_id token expires_at created_at | used_at ip_address user_agent purpose
client_portal_sessions: client_id token expires_at created_at | ip_address user_agent last_activity_at device_type
    device_name browser os
clients: user_id name artist_name email phone type address city country notes is_vip is_active portal_access
    birthday genres custom_fields created_at updated_at | first_name last_name middle_name prefix suffix avatar_url
    logo_url phones emails websites street postal_code region gender instruments spotify_url apple_music_url
    youtube_url soundcloud_url bandcamp_url deezer_url tidal_url amazon_music_url audiomack_url beatport_url
    other_platforms_url record_label distributor manager_contact publisher performance_rights_society
    default_deposit_percent years_active notable_works awards_recognition biography currency
contracts: contract_number client_id project_id type status title terms signed_at value created_at updated_at |
    description start_date end_date document_url signed_document_url signature_request_id signed_by notes
equipment: room_id name brand model serial_number category status condition purchase_date purchase_price
    next_maintenance_at is_available notes created_at updated_at | description specifications warranty_until
    last_maintenance_at maintenance_notes location image_url
expenses: category description vendor amount currency tax_amount expense_date paid_at payment_method status
    project_id notes created_at updated_at | reference_number is_recurring equipment_id receipt_url
invoice_items: invoice_id description quantity unit_price amount created_at | vat_rate_id
invoices: invoice_number client_id issue_date due_date status subtotal tax_rate tax_amount total paid_at notes
    created_at updated_at deposit_amount deposit_paid_at stripe_deposit_payment_intent_id remaining_balance
    pdf_s3_key sent_at | project_id currency
musicians: name stage_name email phone bio primary_instrument website hourly_rate instruments genres is_active notes
    created_at updated_at talent_type | spotify_url photo_url image_url
notifications: type title message is_read client_id created_at updated_at | priority action_url action_label
    metadata read_at project_id session_id invoice_id
payment_transactions: client_id session_id stripe_payment_intent_id stripe_checkout_session_id amount currency
    payment_type status paid_at created_at updated_at | stripe_customer_id stripe_status payment_method last4 brand
    stripe_fee net_amount refunded_amount refunded_at refund_reason metadata description error_code error_message
payments: client_id invoice_id amount currency payment_date payment_method reference_number stripe_payment_intent_id
    status refunded_amount refunded_at notes created_at updated_at | stripe_charge_id refund_reason
projects: client_id name artist_name description genre type status start_date target_delivery_date
    actual_delivery_date budget total_cost track_count label notes created_at updated_at | end_date
    included_revisions catalog_number cover_art_url spotify_url apple_music_url storage_location storage_size
    technical_notes
quote_items: quote_id description quantity unit_price amount created_at | vat_rate_id service_template_id
    display_order
quotes: quote_number client_id status sent_at subtotal tax_rate tax_amount total terms notes expires_at
    validity_days created_at updated_at | responded_at currency internal_notes converted_to_project_id converted_at
rooms: name description type hourly_rate half_day_rate full_day_rate capacity size has_isolation_booth has_live_room
    has_control_room equipment_list is_active is_available_for_booking color created_at updated_at | vat_rate_id
    image_url
service_catalog: name description category unit_price default_quantity is_active display_order created_at updated_at
    | vat_rate_id
sessions: client_id room_id title description start_time end_time status total_amount notes created_at updated_at
    project_id deposit_amount deposit_paid payment_status stripe_checkout_session_id stripe_payment_intent_id | kind
    location booking_type series_id recurrence_rule
stripe_webhook_events: event_id event_type processed_at created_at | invoice_id
task_types: name description hourly_rate category color sort_order is_active created_at updated_at
time_entries: task_type_id session_id project_id track_id start_time end_time duration_minutes hourly_rate_snapshot
    manually_adjusted notes created_at updated_at | billable invoice_id created_by
track_comments: track_id version_type author_id author_name author_type content timestamp parent_id status
    created_at updated_at | is_edited edited_at resolved_by resolved_at
track_credits: track_id musician_id role credit_name is_primary created_at | split_percent description
tracks: project_id title track_number duration isrc status bpm key lyrics demo_url rough_mix_url final_mix_url
    master_url composer language notes created_at updated_at | session_id file_url waveform_url lyricist
    copyright_holder copyright_year genre_tags mood explicit_content patch_preset instruments_used microphones_used
    effects_chain daw_session_path recorded_in_room_id technical_notes
availability:  | subject_type subject_id start_time end_time kind notes created_at updated_at
client_packages:  | client_id name total_hours used_hours price status valid_until notes created_at updated_at
company_members:  | company_client_id member_client_id role is_primary created_at updated_at
consumables:  | name quantity unit threshold notes created_at updated_at
coupons:  | code kind value is_active valid_until notes created_at
credit_notes:  | credit_note_number client_id invoice_id amount reason status created_at
deliverables:  | name project_id url status notes created_at
documents:  | name url doc_type client_id project_id session_id track_id notes created_at
leads:  | name contact_email contact_phone source status notes converted_client_id created_at updated_at
session_equipment:  | session_id equipment_id daily_rate notes created_at updated_at
session_staff:  | session_id user_id role status notes created_at updated_at
session_talents:  | session_id musician_id role status created_at
shares:  | project_id track_id share_token recipient_email expires_at max_access access_count status created_at
    updated_at
sync_log:  | table_name row_uuid op sync_version at
tasks:  | title status due_date assignee project_id session_id client_id notes created_at updated_at
track_revisions:  | track_id version_number stage file_url status client_feedback internal_notes is_billable
    submitted_at responded_at created_at updated_at
user_preferences:  | user_id scope preferences created_at updated_at
vat_rates:  | name rate is_default is_active created_at updated_at
"""

TRAINING = """
member_body_checkups: member_id checkup_date weight notes created_at updated_at | created_by
member_comments: member_id author body due_date created_at updated_at | created_by created_by_system
member_subscriptions: member_id plan_id status start_date end_date price plan_name_snapshot total_sessions_snapshot
    total_amount_snapshot used_sessions paid_amount created_at updated_at | signup_fee_paid renewal_count
    pause_start_date pause_end_date pause_reason cancellation_date cancellation_reason cancelled_by notes
    duration_days_snapshot remaining_sessions upgraded_to_id
members: first_name last_name email phone date_of_birth gender status member_type join_date notes uniform_size
    referred_by_member_id created_at updated_at | address profile_picture_url medical_conditions fitness_goals
    preferred_contact_method marketing_consent waiver_signed waiver_signed_date uniform_received vest_size
    hip_belt_size referral_source training_preference partnership_company partnership_type
    partnership_contract_start partnership_contract_end partnership_notes last_activity_check created_by
subscription_payments: subscription_id member_id amount payment_method payment_status payment_date receipt_number
    is_refund refunded_payment_id created_at updated_at | currency due_date reference_number discount_amount
    late_fee refund_amount refund_date refund_reason refund_metadata processed_by
subscription_plans: name price signup_fee duration_months sessions_count is_active created_at updated_at |
    description is_collaboration_plan
trainers: first_name last_name email hourly_rate languages created_at updated_at | date_of_birth commission_rate
    max_clients_per_session years_experience certifications specializations availability is_accepting_new_clients
    emergency_contact insurance_policy_number background_check_date cpr_certification_expires notes
training_session_members: session_id member_id booking_status created_at updated_at | attendance_status attended_at
training_sessions: trainer_id scheduled_start scheduled_end status max_participants current_participants notes
    location session_type created_at updated_at machine_id | session_date guest_first_name guest_last_name
    guest_gym_name collaboration_details counted_in_subscription_id
machines:  | machine_number name is_available created_at updated_at
auto_inactivation_runs:  | run_at
invoices:  | invoice_number payment_id member_id subscription_id issue_date amount tax_amount total_amount vat_rate
    business_name business_address business_tax_id business_phone business_email business_logo_url footer_notes pdf_url
    status created_by created_at updated_at
invoice_counters:  | counter_date next_counter
member_emergency_contacts:  | member_id name relationship phone is_primary created_at updated_at
studio_planning_settings:  | subscription_warning_days body_checkup_sessions payment_reminder_days
    max_sessions_per_week inactivity_months created_at updated_at
studio_settings:  | setting_key setting_value effective_from is_active created_by created_at updated_at
trainer_specializations:  | name description certification_required created_at updated_at
user_profiles:  | role email first_name last_name phone avatar_url bio hire_date is_active created_at updated_at
"""

# On every table: the key, and what the former desktop client added.
EVERYWHERE = frozenset({"id", "sync_uuid", "sync_version"})


@dataclass(frozen=True, slots=True)
class Known:
    """The columns of one former table: those it must have and those it may have."""

    expected: frozenset[str]
    later: frozenset[str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a source differs from what its former system relies on.

    lacks: tables, and table.column, sorted
    unknown: tables, and table.column, sorted
    """

    lacks: list[str]
    unknown: list[str]


def compare(tables: dict[str, frozenset[str]]) -> Comparison:
    """Return what a source lacks and what nobody knows in it.

    tables: the source's own, with their columns; the system is the one that more of them belong to
    """
    known = max((_parse(RECORDING), _parse(TRAINING)), key=lambda system: len(system.keys() & tables.keys()))
    if not known.keys() & tables.keys():
        return Comparison(lacks=[], unknown=sorted(tables))
    lacks = [name for name, facts in known.items() if facts.expected and name not in tables]
    unknown = [name for name in tables if name not in known]
    for name in known.keys() & tables.keys():
        columns, facts = tables[name], known[name]
        lacks += [f"{name}.{column}" for column in facts.expected - columns]
        unknown += [f"{name}.{column}" for column in columns - facts.expected - facts.later - EVERYWHERE]
    return Comparison(lacks=sorted(lacks), unknown=sorted(unknown))


@cache
def _parse(text: str) -> dict[str, Known]:
    entries: list[list[str]] = []
    for line in text.strip().splitlines():
        if line.startswith(" "):
            entries[-1] += line.split()
        else:
            entries.append(line.split())
    return {words[0].rstrip(":"): _known(words[1:]) for words in entries}


def _known(words: list[str]) -> Known:
    bar = words.index("|") if "|" in words else len(words)
    return Known(expected=frozenset(words[:bar]), later=frozenset(words[bar + 1 :]))
