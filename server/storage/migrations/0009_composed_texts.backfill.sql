-- Texts are taken composed (NFC, decision 33) since this version; those that are there are composed once, so that searches
-- and tags find them. A row that changes is another version of its event: entity tags of the old bytes must not hold.
UPDATE events SET
  title = normalize(title, NFC),
  description = normalize(description, NFC),
  venue_name = normalize(venue_name, NFC),
  venue_address = normalize(venue_address, NFC),
  -- Two forms of one tag become one tag, in the place of the first.
  tags = ARRAY(SELECT normalize(tag, NFC) FROM unnest(tags) WITH ORDINALITY AS given (tag, place)
               GROUP BY normalize(tag, NFC) ORDER BY min(place)),
  version = version + 1
WHERE title IS NOT NFC NORMALIZED OR description IS NOT NFC NORMALIZED OR venue_name IS NOT NFC NORMALIZED
   OR venue_address IS NOT NFC NORMALIZED OR array_to_string(tags, ' ') IS NOT NFC NORMALIZED;

UPDATE accounts SET display_name = normalize(display_name, NFC) WHERE display_name IS NOT NFC NORMALIZED;

UPDATE media SET file_name = normalize(file_name, NFC) WHERE file_name IS NOT NFC NORMALIZED;
