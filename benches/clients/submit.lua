-- Submissions for wrk: wrk -t1 -c64 -d5s -s benches/clients/submit.lua http://127.0.0.1:7000/v1/workflows
wrk.method = "POST"
wrk.body = '{"name":"door","tasks":[{"id":"t","type":"NOOP"}]}'
wrk.headers["content-type"] = "application/json"
