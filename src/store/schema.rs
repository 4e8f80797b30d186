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
    }
}

diesel::joinable!(sessions -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(audit, links, sessions, settings, sign_in_throttles, users,);
