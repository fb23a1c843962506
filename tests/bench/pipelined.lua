-- wrk: sends 16 requests at a time on each connection.
init = function()
  local requests = {}
  for i = 1, 16 do requests[i] = wrk.format() end
  burst = table.concat(requests)
end

request = function() return burst end
