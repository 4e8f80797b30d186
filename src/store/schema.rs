// @generated automatically by Diesel CLI.

diesel::table! {
    audit (id) {
        id -> Text,
        at -> Timestamp,
        actor_kind -> Text,
        actor_id -> Nullable<Text>,
        actor_role -> Nullable<Text>,
        action -> Text,
        target_kind -> Nullable<Text>,
        target_id -> Nullable<Text>,
        changes -> Nullable<Text>,
        address -> Nullable<Text>,
        request_id -> Nullable<Text>,
        token_id -> Nullable<Text>,
    }
}

diesel::table! {
    invite_uses (user_id) {
        user_id -> Text,
        invite_id -> Text,
        used_at -> Timestamp,
    }
}

diesel::table! {
    invites (id) {
        id -> Text,
        code -> Text,
        code_reading -> Text,
        label -> Nullable<Text>,
        label_folded -> Text,
        role -> Text,
        max_uses -> Nullable<Int4>,
        uses -> Int4,
        expires_at -> Nullable<Timestamp>,
        lapsed -> Bool,
        delete_users_on_expiry -> Bool,
        paused -> Bool,
        deleted_at -> Nullable<Timestamp>,
        batch_id -> Nullable<Text>,
        created_by -> Nullable<Text>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        last_used_at -> Nullable<Timestamp>,
        standing -> Text,
        users_removed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    jobs (name) {
        name -> Text,
        holder -> Nullable<Text>,
        lease_until -> Nullable<Timestamp>,
        started_at -> Nullable<Timestamp>,
        finished_at -> Nullable<Timestamp>,
        summary -> Nullable<Text>,
        failure -> Nullable<Text>,
        stopped_at -> Nullable<Timestamp>,
        stopped_because -> Nullable<Text>,
    }
}

diesel::table! {
    links (token_hash) {
        token_hash -> Text,
        purpose -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        user_id -> Nullable<Text>,
    }
}

diesel::table! {
    repeats (token_id, key_hash) {
        token_id -> Text,
        key_hash -> Text,
        request_hash -> Text,
        created_at -> Timestamp,
        targets -> Text,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        token_hash -> Text,
        user_id -> Text,
        agent -> Text,
        address -> Text,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
    }
}

diesel::table! {
    settings (id) {
        id -> Int4,
        server_name -> Text,
        password_min -> Int4,
        registration_mode -> Text,
        code_length -> Int4,
        email_required -> Bool,
        default_role -> Text,
        default_max_uses -> Nullable<Int4>,
        default_expires_days -> Nullable<Int4>,
        removal_grace_days -> Int4,
        expired_codes_days -> Nullable<Int4>,
        audit_days -> Nullable<Int4>,
        support_address -> Nullable<Text>,
    }
}

diesel::table! {
    sign_in_throttles (bucket) {
        bucket -> Text,
        failures -> Int4,
        open_at -> Timestamp,
        charged_at -> Timestamp,
    }
}

diesel::table! {
    tokens (id) {
        id -> Text,
        user_id -> Text,
        name -> Text,
        token_hash -> Text,
        hint -> Text,
        scopes -> Int4,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        last_used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    users (id) {
        id -> Text,
        username -> Text,
        username_skeleton -> Text,
        display_name -> Nullable<Text>,
        email -> Nullable<Text>,
        email_folded -> Nullable<Text>,
        password_hash -> Text,
        role -> Text,
        status -> Text,
        status_reason -> Nullable<Text>,
        created_at -> Timestamp,
        attempt -> Nullable<Text>,
        last_seen_at -> Nullable<Timestamp>,
        joined_from -> Nullable<Text>,
        review -> Nullable<Text>,
        review_note -> Nullable<Text>,
        reviewed_by -> Nullable<Text>,
        reviewed_at -> Nullable<Timestamp>,
        kept -> Bool,
        role_changed_at -> Nullable<Timestamp>,
        suspended_at -> Nullable<Timestamp>,
        removed_at -> Nullable<Timestamp>,
        removed_with -> Nullable<Text>,
        purged_at -> Nullable<Timestamp>,
        name_folded -> Text,
        sought -> Text,
        came_with -> Text,
        inviter -> Text,
    }
}

diesel::joinable!(invite_uses -> invites (invite_id));
diesel::joinable!(invite_uses -> users (user_id));
diesel::joinable!(invites -> users (created_by));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(tokens -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(
    audit,
    invite_uses,
    invites,
    jobs,
    links,
    repeats,
    sessions,
    settings,
    sign_in_throttles,
    tokens,
    users,
);
