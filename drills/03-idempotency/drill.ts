/** The folder under `drills/`, and under `proofs/`. */
export const id = "03-idempotency";
