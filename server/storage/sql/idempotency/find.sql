-- query: SELECT read
{{stored}}
