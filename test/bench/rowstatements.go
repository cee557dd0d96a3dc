package bench

// The statements of a rowWriter. $1 are the orders of the batch or, for stock,
// the products that they want, and $2 or the last time is now. Each order has a customer of its
// own, who is no neighbour of the next one's.
const (
	insertOrders = `
INSERT INTO orders (id, customer_id, items, total_minor, payment_method, status, created_at, updated_at)
SELECT id, right(id::text, 8), '[{"product_id": "bench-001", "quantity": 2}, {"product_id": "bench-102", "quantity": 1}]',
	15000, '', 'PENDING', $2, $2
FROM unnest($1::uuid[]) AS id`

	// $2: the types of the events.
	insertTimeline = `
INSERT INTO timeline (order_id, event_id, type, source, causation_id, occurred_at)
SELECT id, gen_random_uuid()::text, type, '/inventory', gen_random_uuid()::text, $3
FROM unnest($1::uuid[]) AS id, unnest($2::text[]) AS type`

	// $2: the ids of the events, $3: their type, $4: its routing key, $5: now, $6: the body.
	insertMessages = `
INSERT INTO outbox (event_id, type, routing_key, subject, correlation_id, causation_id, traceparent, tracestate, occurred_at, body)
SELECT event_id, $3, $4, id, gen_random_uuid()::text, gen_random_uuid()::text, '', '', $5, $6
FROM unnest($1::text[], $2::text[]) AS new (id, event_id)`

	deletePublished = `DELETE FROM outbox WHERE event_id = ANY($1::text[])`

	endOrders = `
UPDATE orders SET status = 'COMPLETED', updated_at = $2 FROM unnest($1::uuid[]) AS ended WHERE id = ended`

	insertReservations = `
INSERT INTO reservations (order_id, status, items, created_at, updated_at)
SELECT unnest($1::text[]), 'RESERVED', '[{"product_id": "bench-001", "quantity": 2}, {"product_id": "bench-102", "quantity": 1}]', $2, $2`

	reserveProducts = `
UPDATE products SET available = available - 1, reserved = reserved + 1, updated_at = $2
FROM unnest($1::text[]) AS wanted WHERE product_id = wanted`

	endReservations = `
UPDATE reservations SET status = 'COMMITTED', updated_at = $2 FROM unnest($1::text[]) AS ended WHERE order_id = ended`

	sellProducts = `
UPDATE products SET reserved = reserved - 1, sold = sold + 1, updated_at = $2
FROM unnest($1::text[]) AS wanted WHERE product_id = wanted`

	insertPayments = `
INSERT INTO payments (order_id, customer_id, amount_minor, method, status, cancel_requested, claimed, attempts, postponed,
	next_attempt_at, created_at, updated_at, correlation_id, causation_id, traceparent, tracestate)
SELECT id, right(id, 8), 15000, '', 'PENDING', false, true, 0, 0,
	$2, $2, $2, gen_random_uuid()::text, gen_random_uuid()::text, '', ''
FROM unnest($1::text[]) AS id`

	insertDuePayments = `
INSERT INTO payments_due (next_attempt_at, order_id) SELECT $2, unnest($1::text[])`

	insertOperations = `
INSERT INTO operations (key, order_id, kind, amount_minor, reference, created_at)
SELECT 'charge-' || id, id, 'charge', 15000, 'tx_' || id, $2 FROM unnest($1::text[]) AS id`

	endPayments = `
UPDATE payments SET status = 'PROCESSED', attempts = 1, transaction_id = 'tx_' || order_id, next_attempt_at = NULL, updated_at = $2
FROM unnest($1::text[]) AS charged WHERE order_id = charged`

	deleteDuePayments = `
DELETE FROM payments_due USING unnest($1::text[]) AS charged WHERE next_attempt_at = $2 AND order_id = charged`

	// $2: the types of the events.
	insertNotifications = `
INSERT INTO notifications (order_id, type, event_id, customer_id, channel, body, attempts, next_attempt_at, created_at,
	correlation_id, causation_id, traceparent, tracestate)
SELECT id, type, gen_random_uuid()::text, right(id, 8), 'email', 'Your order is confirmed: ' || id, 0, $3, $3,
	gen_random_uuid()::text, gen_random_uuid()::text, '', ''
FROM unnest($1::text[]) AS id, unnest($2::text[]) AS type`

	insertDueNotifications = `
INSERT INTO notifications_due (next_attempt_at, order_id, type)
SELECT $3, id, type FROM unnest($1::text[]) AS id, unnest($2::text[]) AS type`

	deleteDueNotifications = `
DELETE FROM notifications_due WHERE next_attempt_at = $3 AND order_id = ANY($1::text[]) AND type = ANY($2::text[])`

	endNotifications = `
UPDATE notifications SET delivered_at = $3
WHERE order_id = ANY($1::text[]) AND type = ANY($2::text[]) AND delivered_at IS NULL`
)
