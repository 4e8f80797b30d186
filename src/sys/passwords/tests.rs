use super::*;
use crate::sys::entropy::SystemEntropy;

const CHEAP: Cost = Cost { memory_kib: 64, passes: 1 };

fn gate(cost: Cost) -> Passwords {
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    Passwords::start(cost, 2, &entropy).unwrap()
}

fn password(text: &str) -> PlainPassword {
    PlainPassword::typed(text).unwrap()
}

#[tokio::test]
async fn the_right_password_is_right_and_the_cost_is_in_the_hash() {
    let slot = gate(CHEAP).slot().unwrap();
    let stored = slot.hash(password("right one")).await.unwrap();
    assert!(stored.0.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{}", stored.0);
    assert_eq!(format!("{stored:?}"), "[secret]");
    let right = slot.verify(password("right one"), Some(stored.clone())).await;
    assert_eq!(right, Ok(Verdict::Right { stale: false }));
    assert_eq!(slot.verify(password("wrong one"), Some(stored)).await, Ok(Verdict::Wrong));
    assert_eq!(slot.verify(password("right one"), None).await, Ok(Verdict::Wrong));
}

#[tokio::test]
async fn a_hash_of_lower_cost_is_stale() {
    let stored = gate(CHEAP).slot().unwrap().hash(password("right one")).await.unwrap();
    let dearer = gate(Cost { memory_kib: 128, passes: 2 }).slot().unwrap();
    assert_eq!(dearer.verify(password("right one"), Some(stored)).await, Ok(Verdict::Right { stale: true }));
}

#[tokio::test]
async fn a_hash_out_of_bounds_costs_nothing() {
    let slot = gate(CHEAP).slot().unwrap();
    for row in [
        "",
        "plain",
        "$argon2id$v=19$m=4194304,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=4000,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2i$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
    ] {
        let verdict = slot.verify(password("any"), Some(StoredHash(row.to_owned()))).await;
        assert_eq!(verdict, Err(HashError::Unusable), "{row}");
    }
}

#[tokio::test]
async fn the_queue_is_bounded_and_a_place_comes_back() {
    let gate = gate(CHEAP);
    let slots: Vec<_> = std::iter::from_fn(|| gate.slot().ok()).collect();
    assert_eq!((slots.len(), gate.waiting()), (QUEUE + 2, QUEUE + 2));
    assert_eq!(gate.slot().err(), Some(HashError::Busy));
    drop(slots);
    assert!(gate.slot().is_ok());
}
