-- For wrk: each connection waits DELAY_MS on the average before a request, so that connections / delay is the rate.
local wait = tonumber(os.getenv("DELAY_MS"))
function delay() return math.random(0, 2 * wait) end
