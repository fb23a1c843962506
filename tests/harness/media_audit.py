"""Whether database and store agree, and what each job has done: for tests that let both fail.

Triggers write down what is committed, so a process that is killed cannot keep it to itself. Leases last three seconds: who
waits for a job whose worker was killed need not wait longer."""

import fcntl
import hashlib
import json
import time

#: A media is "processed" whenever a job has told its outcome; it may be deleted then.
TRIGGERS = """
create table audit (what text, id uuid, kind text, media_id uuid);
create function audit_job() returns trigger language plpgsql as $$ begin
  if tg_op = 'DELETE' then
    insert into audit values ('done', old.id, old.kind, (old.payload::json->>'media_id')::uuid);
  elsif tg_op = 'INSERT' then
    insert into audit values ('enqueued', new.id, new.kind, (new.payload::json->>'media_id')::uuid);
  end if;
  return null;
end $$;
create function shorten_lease() returns trigger language plpgsql as $$ begin new.lease_seconds := 3; return new; end $$;
create trigger shorten_lease before insert on jobs for each row execute function shorten_lease();
create trigger audit_job after insert or delete on jobs for each row execute function audit_job();
create function audit_media() returns trigger language plpgsql as $$ begin
  if tg_op = 'DELETE' then
    insert into audit values ('forgotten', old.id, null, old.id);
  elsif old.state = 'uploading' and new.state = 'processing' then
    insert into audit values ('completed', new.id, null, new.id);
  elsif new.state in ('ready', 'failed') and new.deleted_at is not distinct from old.deleted_at then
    insert into audit values ('processed', new.id, null, new.id);
  end if;
  return null;
end $$;
create trigger audit_media after update or delete on media for each row execute function audit_media();
"""

UNBALANCED_REFERENCES = """
select encode(hash, 'hex') from blobs
where reference_count <> (select count(*) from media where media.hash = blobs.hash)"""
UNBALANCED_USAGE = """
select account_id from media_usage
where bytes <> (select coalesce(sum(media.bytes), 0) from media where owner_id = account_id)"""
#: Of what there must be one for each completed media.
NOT_ONCE = """
select media_id, completed, processed, jobs, done from (
  select media_id, count(*) filter (where what = 'completed') as completed,
    count(*) filter (where what = 'processed') as processed,
    count(*) filter (where what = 'enqueued' and kind = 'media.process') as jobs,
    count(*) filter (where what = 'done' and kind = 'media.process') as done,
    count(*) filter (where what = 'forgotten') as forgotten
  from audit where media_id is not null group by media_id) as each
where greatest(completed, processed, jobs, done) > 0
  and ((completed, jobs, done) <> (1, 1, 1) or processed > 1 or (processed = 0 and forgotten = 0))"""
WORK_LEFT = """
select id, kind, state, attempt, coalesce(error_code, ''), coalesce(error_detail, '') from jobs
where kind like 'media.%' and kind <> 'media.expire_uploads'"""
#: Kinds of objects that media do not have.
OTHERS = ("backups/", "probe/")


def is_nobodys(path):
    """Whether whoever wrote to it is dead: a living one holds its lock, from a moment after it was made until it is renamed."""
    for _ in range(2):
        try:
            with open(path, "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        time.sleep(0.2)
    return path.exists()


class MediaAudit:
    def __init__(self, postgres, directory):
        self.postgres = postgres
        self.objects = directory / "objects"
        self.temporary = directory / "temporary"

    def begin(self):
        self.postgres.psql(TRIGGERS)

    def rows(self, sql):
        return [line.split("|") for line in self.postgres.psql(sql).splitlines()]

    def first(self, sql):
        return [row[0] for row in self.rows(sql)]

    def files(self):
        """By path below objects/. An upload's directory counts as one."""
        found = {}
        for path in self.objects.rglob("*"):
            name = str(path.relative_to(self.objects))
            if path.is_file() and "+" not in name or name.endswith("+"):
                found[name] = path
        return {name: path for name, path in found.items() if not name.startswith(OTHERS)}

    def named_files(self):
        """What the rows say is there: {path below objects/: bytes, or None where that is not known}."""
        named = {}
        for digits, size in self.rows("select encode(hash, 'hex'), bytes from blobs where is_stored"):
            named[f"blobs/{digits[:2]}/{digits}"] = int(size)
        previews = "select encode(hash, 'hex'), to_json(previews) from media where cardinality(previews) > 0"
        for digits, names in self.rows(previews):
            named |= {f"previews/{digits[:2]}/{digits}/{name}": None for name in json.loads(names)}
        return named

    def orphans(self):
        """Files that no row names. Previews belong to their content's row, also while their job has not ended."""
        contents = {name.split("/")[2] for name in self.named_files() if name.startswith("blobs/")}
        uploads = {f"uploads/{row}+" for row in self.first("select id from media where state = 'uploading'")}
        orphans = [name for name in self.files() if name not in uploads and not
                   (name.startswith(("blobs/", "previews/")) and name.split("/")[2] in contents)]
        return sorted(orphans) + self.temporaries()

    def temporaries(self):
        """What a dead process was writing."""
        return sorted(path.name for path in self.temporary.glob("*") if is_nobodys(path))

    def missing(self):
        """What rows name and the store does not have, or has otherwise."""
        files = self.files()
        faults = []
        for name, size in self.named_files().items():
            if name not in files:
                faults.append(f"{name} is not there")
            elif size is not None:
                content = files[name].read_bytes()
                if (len(content), hashlib.sha256(content).hexdigest()) != (size, name.split("/")[2]):
                    faults.append(f"{name} has another content")
        return faults

    def miscounted(self):
        return ([f"references to {row}" for row in self.first(UNBALANCED_REFERENCES)]
                + [f"usage of {row}" for row in self.first(UNBALANCED_USAGE)])

    def jobs_not_done_once(self):
        lost = "select id from audit where what = 'enqueued' except select id from audit where what = 'done' except select id from jobs"
        return ([f"media, completed, processed, jobs, done: {row}" for row in self.rows(NOT_ONCE)]
                + [f"job {row} has vanished" for row in self.first(lost)])

    def work_left(self):
        return [" ".join(row) for row in self.rows(WORK_LEFT)]

    def faults(self):
        return self.missing() + self.miscounted() + self.jobs_not_done_once() + self.work_left()

    def count(self, what, kind=""):
        return int(self.postgres.psql(f"select count(*) from audit where what = '{what}' and coalesce(kind, '') = '{kind}'"))
