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
    }
}

diesel::table! {
    links (token_hash) {
        token_hash -> Text,
        purpose -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
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
    }
}

diesel::joinable!(invite_uses -> invites (invite_id));
diesel::joinable!(invite_uses -> users (user_id));
diesel::joinable!(invites -> users (created_by));
diesel::joinable!(sessions -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(
    audit,
    invite_uses,
    invites,
    links,
    sessions,
    settings,
    sign_in_throttles,
    users,
);
