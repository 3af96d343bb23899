// Package pool shows how a Go program that runs for long connects with credentials
// of dbaccess: a pool whose BeforeConnect asks for access, and asks anew before its
// time is over. It uses nothing of dbaccess but its JSON API (/v1/openapi.json), so
// it can be copied as it is.
//
//	config, _ := pgxpool.ParseConfig("sslmode=verify-full")
//	access := &pool.Access{URL: "https://dbaccess.example.com", Token: token, Database: "shop", Profile: "masked-read", Window: "1h", Reason: "dashboard"}
//	defer access.Close(ctx)
//	_ = access.Configure(config)
//	connections, _ := pgxpool.NewWithConfig(ctx, config)
package pool
