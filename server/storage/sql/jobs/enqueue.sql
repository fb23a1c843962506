-- query: INSERT write
{{insertion}}
