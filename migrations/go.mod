module orders.internal/migrations

go 1.26
