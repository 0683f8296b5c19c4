/**
 * Every error dbmedic can state: code, what happened, why, and the next step. `docs/errors.md` is made
 * from this table. Codes are never reused. Text holds no secret and no value of a row.
 */

/** One row of the table. Braces name the values an occurrence fills in. */
export interface ErrorRow {
  readonly message: string
  readonly detail: string
  readonly hint: string
}

/** The table, by code. */
export const ERRORS = {
  DBM_CONFIG_INVALID: {
    message: '{file}:{line}:{column}: {problem}',
    detail: 'The configuration is checked whole before anything starts, so nothing was started.',
    hint: 'Mend that line; {suggestion}',
  },
  DBM_STORE_UNREACHABLE: {
    message: 'the store at {address} cannot be reached: {reason}',
    detail: 'The store is the pipeline: without it nothing is detected, decided or executed.',
    hint: 'Check the address under `store:` in dbmedic.yaml and that its server accepts connections.',
  },
  DBM_STORE_LOGIN: {
    message: 'the store at {address} refused the account of role {role}: {reason} (error {errno})',
    detail: 'The server answers; it only does not let this account in. Nothing was read or written with it.',
    hint: '{remedy}, then run: dbmedic store status',
  },
  DBM_STORE_MISSING: {
    message: 'no store at {address}',
    detail:
      'Only `dbmedic start`, `store migrate` and `users add` make one, so that a wrong folder or path is never taken for an empty store. Nothing was made.',
    hint: 'Name the configuration with --config FILE, or mend `store:` in it; to make a new store there: dbmedic store migrate',
  },
  DBM_STORE_REPLACED: {
    message: 'the file of the store at {address} was {what} while this process had it open',
    detail:
      'What is written to the old file nobody would ever read, and a halt given in a new one would not be heard here; so nothing is read, written or executed any more.',
    hint: 'Put the file back, and dbmedic goes on by itself; or restart it to use the file that is there now.',
  },
  DBM_STORE_TLS: {
    message: 'the store at {address} cannot be trusted with a password: {problem}',
    detail:
      'Whoever stands between could read and change what is decided; no account was named and nothing was sent.',
    hint: 'Under `storeTls:` in dbmedic.yaml name `caFile`, and give the host under `store:` by the name in its certificate.',
  },
  DBM_STORE_REFUSED: {
    message: 'the store refused the change: {rule}',
    detail: 'A rule of the store’s schema forbids it, whoever asks.',
    hint: 'See docs/store-rules.md under that number for what would be accepted.',
  },
  DBM_STORE_VERSION: {
    message: 'the store is at schema version {found}, this program needs {needed}',
    detail: 'Migrations are applied by hand, so that two versions never run on one store by accident.',
    hint: 'Run: dbmedic store migrate',
  },
  DBM_STORE_NEWER: {
    message: 'the store is at schema version {found}, this program knows no further than {needed}',
    detail:
      'A newer release migrated it; an older one could not keep its rules. The store was left as it is.',
    hint: 'Use that newer release here too; an older one needs a store of its own or a backup of that time.',
  },
  DBM_STORE_BUSY: {
    message: 'the store at {address} stayed locked through {attempts} attempts',
    detail: 'Another process holds it, or transactions kept colliding; nothing of this write was stored.',
    hint: 'Look for a second dbmedic, a backup or an open shell on the same store, then try again.',
  },
  DBM_STORE_FULL: {
    message: 'the disk of the store at {address} is full',
    detail: 'Nothing of this write was stored; nothing is executed while it cannot be recorded.',
    hint: 'Free space on that disk; dbmedic goes on by itself.',
  },
  DBM_STORE_IO: {
    message: 'the file of the store at {address} cannot be read or written: {reason}',
    detail: 'The file system answered with an error; nothing of this write was stored.',
    hint: 'Check the disk, its quota, the file size limit of the process (ulimit -f) and the system’s log.',
  },
  DBM_STORE_READ_ONLY: {
    message: 'the store at {address} cannot be written: {reason}',
    detail: 'Every stage writes a row; a store that is only readable runs nothing.',
    hint: 'Check the rights of the file and its folder, or that the address is that of the primary server.',
  },
  DBM_STORE_DAMAGED: {
    message: 'the store at {address} is not a usable database: {reason}',
    detail: 'Its file is damaged, encrypted, or not a store at all. It was left as it is.',
    hint: 'Keep a copy, then restore the newest backup and run: dbmedic audit verify',
  },
  DBM_STORE_DENIED: {
    message: 'the store account of role {role} may not do this (error {errno})',
    detail: 'Each role has an account with exactly the rights it needs.',
    hint: 'After an upgrade, run what `dbmedic store grants` prints as an administrator of the server: new tables need new rights. Else check which account the role logs in with. What the role owner needs to migrate is in docs/store.md.',
  },
  DBM_STORE_BINARY_LOG: {
    message:
      'the server of the store at {address} takes no triggers from this account while it writes a binary log',
    detail: 'With the binary log on it wants SUPER of whoever makes a trigger or a function (error 1419).',
    hint: 'As an administrator of the server: SET GLOBAL log_bin_trust_function_creators = ON; then dbmedic store migrate again (it goes on where it stopped), and set it back to OFF.',
  },
  DBM_STORE_OWNER: {
    message: 'the account that owns the rules of the store at {address} is not there ({reason})',
    detail:
      'Triggers and routines run as a locked owner nobody can log in as; without it every write is refused.',
    hint: 'Run: dbmedic store grants (it prints the statements that make the owner and the account of each role)',
  },
  DBM_STORE_STATEMENT: {
    message: 'the store answered a statement of ours with error {errno}',
    detail: 'Its text is left out because it may repeat values. Nothing of this write was stored.',
    hint: 'Look the number up in the server’s manual; if it comes back every time, please report it.',
  },
  DBM_STORE_ADDRESS: {
    message: 'the store address is not usable: {problem}',
    detail: 'A store is the path of an SQLite file, or mysql://host:port/database with one account a role.',
    hint: 'Mend `store:` in dbmedic.yaml.',
  },
  DBM_STORE_NO_ROW: {
    message: 'the store has no {what}',
    detail: 'Nothing was changed.',
    hint: 'Check the number or name; every kind of row has a list command.',
  },
  DBM_ACTION_CHANGED: {
    message: 'action {action} version {version} is not the one the store knows',
    detail: 'An approval names a version; its definition never changes in place.',
    hint: 'Raise the version of the action where it is defined.',
  },
  DBM_KEY_PASSPHRASE: {
    message: 'this passphrase cannot protect a key: {problem}',
    detail: 'The key file may be copied; only the passphrase stands between a copy and your vote.',
    hint: 'Use at least 10 characters; a few unrelated words are good, names, years and rows of keys are not.',
  },
  DBM_KEY_MISSING: {
    message: 'there is no key at {file}',
    detail: 'A vote is signed with the voter’s own key.',
    hint: 'Vote on the machine that holds it, or restore the file there; a new user: dbmedic users add NAME',
  },
  DBM_KEY_EXISTS: {
    message: 'there is a key at {file} already',
    detail: 'Keys are never replaced silently: the old one may be registered.',
    hint: 'Move that file away first if the key is really to be replaced.',
  },
  DBM_KEY_FILE: {
    message: 'the key file {file} cannot be used: {problem}',
    detail: 'A key others can read or exchange proves nothing.',
    hint: 'Make it a plain file of your own with mode 600 (chmod 600), or restore it from a backup.',
  },
  DBM_KEY_LOCKED: {
    message: 'the key at {file} did not open',
    detail: 'The passphrase is wrong, or the file was changed; the two cannot be told apart.',
    hint: 'Try again; if the passphrase is lost move the file away and have a new key registered: dbmedic users new-key NAME --as ADMIN',
  },
  DBM_STORE_MIGRATING: {
    message: 'another runner is migrating the store: {holder}',
    detail: 'One runner works at a time; the row of schema_versions it inserted first is the lock.',
    hint: 'Wait for it to end, then run: dbmedic store status',
  },
  DBM_STORE_CHANGED: {
    message: 'migration {version} ({name}) is not the text that was applied to this store',
    detail: 'A migration is never edited once released; the store keeps the SHA-256 of what it ran.',
    hint: 'Use the release that migrated this store, or restore the migration file.',
  },
  DBM_TARGET_UNREACHABLE: {
    message: 'target {target} cannot be reached: {reason}',
    detail: 'Other targets go on; this one is tried again with a growing delay.',
    hint: 'Check host, port and network, then run: dbmedic check {target}',
  },
  DBM_TARGET_AUTH: {
    message: 'target {target} refused the account {user}: {reason} (error {errno})',
    detail:
      'Nothing is read from this target until it lets the account in; it is tried again with a growing delay.',
    hint: '{remedy}, then run: dbmedic check {target}',
  },
  DBM_TARGET_TLS: {
    message: 'no TLS connection to target {target}: {reason}',
    detail:
      'The password is not sent over a connection that is weaker than the target’s `tls` setting asks for.',
    hint: '{remedy}',
  },
  DBM_TARGET_FULL: {
    message: 'target {target} takes no further connection (error {errno})',
    detail: 'All connections of the server or of this account are in use; that is itself a finding.',
    hint: 'Keep a way in for dbmedic: {remedy}',
  },
  DBM_TARGET_LOST: {
    message: 'the connection to target {target} ended: {reason}',
    detail:
      'The server stopped, restarted, failed over or ended the connection; counters start anew after it.',
    hint: 'Nothing to do if that was meant: it is opened again with a growing delay.',
  },
  DBM_TARGET_TIMEOUT: {
    message: 'target {target} did not finish a statement of ours: {reason}',
    detail:
      'Every statement of the monitor is short and has a hard limit, so that watching never adds to trouble.',
    hint: 'Look at the load of the target; the instrument is read again later.',
  },
  DBM_TARGET_DENIED: {
    message: 'the account {user} may not do this on target {target} (error {errno})',
    detail: 'What cannot be read is unknown, and unknown is never reported as healthy.',
    hint: 'The exact GRANT is listed by: dbmedic check {target}',
  },
  DBM_TARGET_STATEMENT: {
    message: 'target {target} answered a statement of ours with error {errno} ({sqlState})',
    detail: 'Its text is left out because it may repeat values.',
    hint: 'Look the number up in the server’s manual; if it comes back every time, please report it.',
  },
  DBM_TARGET_BUSY: {
    message: 'more than {limit} statements of ours wait for target {target}',
    detail: 'The monitor has one connection and asks one thing at a time; what does not fit is not asked.',
    hint: 'Look at the load of the target and the distance to it, then raise the intervals.',
  },
  DBM_STEP_UNCERTAIN: {
    message: 'the connection to target {target} ended while a step may have run: {reason}',
    detail: 'What the server did with the step is not known from here; it is never sent a second time.',
    hint: 'The postcondition decides; compare the target with what `dbmedic show` says the step does.',
  },
  DBM_TARGET_UNSUPPORTED: {
    message: 'target {target} is {found}',
    detail: 'This engine is for MySQL 8.0 and later and MariaDB 10.6 and later.',
    hint: 'Point the target at such a server, or remove it from dbmedic.yaml.',
  },
  DBM_TARGET_CLOCK: {
    message: 'the clock of target {target} is {seconds} s {direction} the store’s',
    detail: 'Its windows are kept on the store’s clock, so that before and after a run are told apart.',
    hint: 'Set the clocks of both machines by NTP; times inside the target’s own tables and logs stay wrong until then.',
  },
  DBM_TARGET_HELD: {
    message: 'target {target} is watched by another dbmedic on this store ({owner})',
    detail: 'One process watches a target at a time, by a lease; nothing is read or run twice.',
    hint: 'Nothing to do if two are meant: this one takes over when the other ends. Otherwise stop one of them.',
  },
  DBM_TARGET_OPTION: {
    message: 'option {option} of target {target} is not acceptable: {problem}',
    detail: 'Options of a target belong to its engine and are checked before it is reached.',
    hint: '{suggestion}',
  },
  DBM_CAPABILITY_MISSING: {
    message: 'target {target} lacks {capability}',
    detail: '{consequence}',
    hint: 'Run on the target: {remedy}',
  },
  DBM_PARAM_INVALID: {
    message: 'parameter {parameter} of {action} is not acceptable: {problem}',
    detail: 'Parameters are typed and bounded; nothing was rendered and nothing was sent.',
    hint: 'Run: dbmedic actions show {action}',
  },
  DBM_OBJECT_UNKNOWN: {
    message: '{object} does not exist on target {target}',
    detail: 'Names are looked up in the live catalog by exact match; nothing was sent.',
    hint: 'Check spelling and letter case against the server’s own catalog.',
  },
  DBM_OUT_OF_BOUNDS: {
    message: 'parameter {parameter} of {action} is {value}; it must be within {low} and {high}',
    detail: 'The bounds belong to the action and are narrower than the server’s own.',
    hint: 'Choose a value within the bounds.',
  },
  DBM_PRECONDITION_FAILED: {
    message: 'precondition {precondition} of {action} is not met: {problem}',
    detail: 'A precondition that cannot be checked is not met either. Nothing was sent.',
    hint: '{remedy}',
  },
  DBM_STALE_APPROVAL: {
    message: 'the approval no longer matches the target: {difference}',
    detail:
      'An approval is for one exact plan on one exact state; it is void and the issue is analysed again.',
    hint: 'Wait for the new decision, or run: dbmedic show {issue}',
  },
  DBM_LAB_SERVER_MISSING: {
    message: 'a private {flavour} server cannot be started: {reason}',
    detail: 'Demo, lab and tests run on a real server of their own; no program of it was found here.',
    hint: 'Run: npm test (it installs what it can), or name the program in {variable}',
  },
  DBM_LAB_SERVER_FAILED: {
    message: 'private server {server}: {problem}',
    detail: '{log}',
    hint: 'The lines above are the end of its own log; the folder it used has been deleted.',
  },
  DBM_LAB_UNPACK_FAILED: {
    message: 'a private copy of {package} cannot be had: {problem}',
    detail: '{log}',
    hint: 'Install a server yourself and name its program in {variable}',
  },
  DBM_LAB_SCENARIO: {
    message: 'lab scenario {scenario}: {problem}',
    detail: 'A scenario that is not whole proves nothing, so none is run.',
    hint: 'docs/lab.md says what each file of a scenario holds.',
  },
  DBM_LAB_TARGET_REFUSED: {
    message: 'the lab will not play on {target}: {because}',
    detail: 'Faults are for servers that nobody depends on. Nothing of its own is there now.',
    hint: '{toProceed}',
  },
  DBM_VOTE_INVALID: {
    message: 'the vote cannot be taken: {problem}',
    detail: 'A vote is for one waiting decision, with a reason from the list that fits it.',
    hint: 'Run: dbmedic show on the issue to see what is waiting.',
  },
  DBM_FILE_UNREADABLE: {
    message: 'the file {file} cannot be read: {reason}',
    detail: 'Nothing of it was taken into account.',
    hint: 'Check the path, and that the user who runs dbmedic may read the file.',
  },
  DBM_CONFIG_UNREADABLE: {
    message: 'the configuration {file} cannot be read: {reason}',
    detail: 'Nothing was started.',
    hint: 'Give the path with --config FILE, or make one: dbmedic config init',
  },
  DBM_MODEL_NO_ANSWER: {
    message: 'the model {model} gave no usable answer: {reason}',
    detail: 'A model only adds wording and order; the analysis stands as the rules wrote it.',
    hint: 'Nothing needs to be done. See docs/models.md, or set `model.printBytes: true` to see what is sent.',
  },
  DBM_SECRET_MISSING: {
    message: 'the secret {reference} is not to be had: {reason}',
    detail: 'Secrets are references in the configuration; their values are read when connecting.',
    hint: 'Set the environment variable or the file the reference names.',
  },
  DBM_TARGET_UNKNOWN: {
    message: 'target {target} is not in the configuration',
    detail: 'The configured targets are: {known}.',
    hint: 'Add it under `targets:` in dbmedic.yaml, or name one of those.',
  },
  DBM_NO_EXECUTOR: {
    message: 'target {target} has no executor account',
    detail: 'Without one it is watched and diagnosed, but nothing can be run on it.',
    hint: 'Add `executor:` to the target in dbmedic.yaml (`write: true` to a repository); dbmedic check {target} prints its grants.',
  },
  DBM_STORE_REGISTRATIONS: {
    message: 'the store has more than {most} registrations of logins',
    detail: 'Whether a vote counts is judged from all of them; no team writes that many.',
    hint: 'See who wrote them: dbmedic audit export. Until then nothing is run.',
  },
  DBM_NO_ADMINISTRATOR_PINNED: {
    message: 'this configuration pins no administrator, so nobody’s approval can be verified',
    detail:
      'The executor acts only on votes of people whom a pinned administrator’s key vouches for; the store alone proves nothing.',
    hint: 'Pin the key of your first administrator under `access: administrators:`: dbmedic users pin NAME',
  },
  DBM_USER_EXISTS: {
    message: 'there is a user {user} already',
    detail: 'A login belongs to one person for good, and its letters are not told apart by case.',
    hint: 'Choose another name; those taken: dbmedic users',
  },
  DBM_USER_UNKNOWN: {
    message: 'there is no user {user}',
    detail: 'Votes, grants and stops carry the name of a registered person.',
    hint: 'Add the person: dbmedic users add {user}',
  },
  DBM_KEY_OTHER: {
    message: 'the key of {user} on this machine is not the registered one',
    detail: 'A vote counts only under the key the store knows.',
    hint: 'Use the machine that holds the registered key, or register this one: dbmedic users new-key {user} --as ADMIN',
  },
  DBM_REQUEST_INVALID: {
    message: 'the request is not one this address takes: {problem}',
    detail: 'Every request is checked against its schema before anything is done; nothing was.',
    hint: 'Compare it with the description of the API: /api/openapi.json',
  },
  DBM_REQUEST_TOO_LARGE: {
    message: 'the request is larger than {limit} bytes',
    detail: 'No request of this API needs more; nothing was done.',
    hint: 'Send less at once.',
  },
  DBM_HEADERS_TOO_LARGE: {
    message: 'the head of the request is too large',
    detail: 'Address and headers together may have 16 KiB; nothing was done.',
    hint: 'Look for cookies of other programs under the same name, or filters that name too much.',
  },
  DBM_REQUEST_LATE: {
    message: 'the request did not arrive within {seconds} s',
    detail: 'Who sends a byte now and then would keep a place from the others; nothing was done.',
    hint: 'Send it again; if it is late every time, look at the network between.',
  },
  DBM_CONDITION_UNKNOWN: {
    message: 'a change on the condition of {header} is not made here',
    detail: 'No address of the API keeps versions that it could be compared with; nothing was done.',
    hint: 'Leave the header out. A vote names the plan it is for in its body: planDigest',
  },
  DBM_SIGNED_OUT: {
    message: 'nobody is signed in',
    detail: 'The session has ended or the token is not valid; nothing was done.',
    hint: 'Sign in, or send a token that is valid: Authorization: Bearer TOKEN',
  },
  DBM_RIGHT_MISSING: {
    message: '{who} has not the right “{right}” in workspace {workspace}',
    detail: 'Each address of the API says which right it asks for; nothing was done.',
    hint: 'An administrator of the workspace can give the role that holds it: {roles}',
  },
  DBM_PLAN_CHANGED: {
    message: 'the plan of decision {decision} is another one than the one you were shown',
    detail: 'A vote is for the exact plan that was on the page; nothing was stored.',
    hint: 'Read what is proposed now, and vote on that: {next}',
  },
  DBM_EVIDENCE_UNREAD: {
    message: 'you have not opened the evidence of decision {decision}',
    detail: 'A yes to HIGH risk is taken only of who opened the evidence of exactly this plan.',
    hint: 'Open the decision and its evidence, then vote.',
  },
  DBM_PROOF_MISSING: {
    message: 'this needs a fresh proof that it is you: {problem}',
    detail: 'What cannot be taken back is done with a fresh proof, whoever left a browser open.',
    hint: 'Give your password with it, or use a passkey of yours; where a second factor is set, for a vote also its code of now.',
  },
  DBM_TOKEN_NEVER: {
    message: 'a token does not do this: {what}',
    detail: 'HIGH risk and what is allowed ahead are a person’s own word, in a browser or at a terminal.',
    hint: 'Sign in and do it there.',
  },
  DBM_KEY_REUSED: {
    message: 'this idempotency key was used for another request',
    detail: 'A key belongs to one request of one person, for a day; nothing was done.',
    hint: 'Send a new key with a new request.',
  },
  DBM_KEY_OPEN: {
    message: 'the request with this idempotency key was taken and has no answer yet',
    detail: 'It runs, or the server stopped before its answer was kept; nothing was done a second time.',
    hint: 'Read what became of it before you send it under another key.',
  },
  DBM_CROSS_SITE: {
    message: 'this request did not come from a page of this server',
    detail: 'A page of another site could have sent it with your session; nothing was done.',
    hint: 'Send the header x-csrf-token as the session gave it, from the server’s own pages; scripts use a token.',
  },
  DBM_HOST_UNKNOWN: {
    message: 'this server does not answer to the name {host}',
    detail: 'A name that is made to lead here (DNS rebinding) would let a foreign page read answers.',
    hint: 'Use the address dbmedic printed, or set panel.publicUrl in dbmedic.yaml to the one people use.',
  },
  DBM_REQUEST_TIMEOUT: {
    message: 'there was no answer within {seconds} s',
    detail: 'The store is slow or the question large; what was asked for may still be done.',
    hint: 'Ask for less at once, or look at the load of the store.',
  },
  DBM_TOO_MANY_REQUESTS: {
    message: 'too many requests from this address or account',
    detail: 'The limits keep one client from taking the server from the others; nothing was done.',
    hint: 'Wait {seconds} s and try again.',
  },
  DBM_SIGN_IN_FAILED: {
    message: 'user name and password do not belong together',
    detail: 'The same is said whether there is such a user or not.',
    hint: 'Try again; after several failures the server asks to wait. An administrator can send a new link.',
  },
  DBM_SECOND_FACTOR: {
    message: 'a code of the second factor is needed: {problem}',
    detail:
      'The password was right; this login is protected by an authenticator app. Each code is taken once.',
    hint: 'Send the six digits the app shows now, or a recovery code that was not used.',
  },
  DBM_FACTOR_MISSING: {
    message: 'a second factor or a passkey is to be set up first',
    detail:
      'People of your roles sign in with more than a password (panel.secondFactorFor); nothing else is answered until you have one.',
    hint: 'Set up an authenticator app or a passkey: the panel leads there after signing in.',
  },
  DBM_PASSKEY_WANTED: {
    message: 'this login signs in with its passkey',
    detail:
      'The password was right. People of its roles sign in with more than a password, and it has a passkey and no authenticator app.',
    hint: 'Use the passkey. If it is lost, an administrator removes it or gives you a one-time link: dbmedic users link NAME',
  },
  DBM_PASSKEY_REFUSED: {
    message: 'the passkey was not taken: {problem}',
    detail:
      'A passkey answers one question of the server, within a minute, at this address, for the login it was made for.',
    hint: 'Try again, or use your password. If its counter went back, remove it under Settings and make another.',
  },
  DBM_PASSKEYS_NOWHERE: {
    message: 'passkeys cannot be used with this server',
    detail: 'Browsers give them to names under https and to localhost, and panel.publicUrl is neither.',
    hint: 'Set panel.publicUrl in dbmedic.yaml to the https:// address people use, by its name.',
  },
  DBM_SERVER_SECRET: {
    message: 'the server has no key to seal second factors under: {problem}',
    detail: 'Their secrets are never kept in clear, and the key that opens them is never in the store.',
    hint: 'Set panel.secretKey in dbmedic.yaml to env:NAME or file:PATH, the same for every copy of the server.',
  },
  DBM_REGISTRATION_CHANGED: {
    message: 'the registration is not the one that was signed',
    detail:
      'Registrations follow each other; another one came between, or other words were signed. Nothing was done.',
    hint: 'Ask for the text again and sign that.',
  },
  DBM_SIGN_IN_LOCKED: {
    message: 'too many failures to sign in; the next attempt is taken in {seconds} s',
    detail: 'Failures are counted by account and by address, for 15 minutes; nobody is locked out for ever.',
    hint: 'Wait. From an address you signed in from before, only your own failures there count.',
  },
  DBM_PASSWORD_WEAK: {
    message: 'this password will not do: {problem}',
    detail: 'It stands between the network and your account.',
    hint: 'Use at least 10 characters; a few unrelated words are good, names, years and rows of keys are not.',
  },
  DBM_LISTEN: {
    message: 'cannot listen on {address}: {reason}',
    detail: 'The API and the panel are not served; nothing else was started.',
    hint: 'Free that address or choose another under panel.listen in dbmedic.yaml.',
  },
  DBM_SERVER_FAULT: {
    message: 'the server could not answer',
    detail: 'The cause is in the log of the server under this request’s id, and in no answer.',
    hint: 'Give request id {request} to who runs the server.',
  },
  DBM_SERVER_UNREACHABLE: {
    message: 'the server at {address} cannot be reached: {reason}',
    detail: 'A change that was on its way may have been made; it was asked for under a key and not repeated.',
    hint: 'Check the address and that `dbmedic start` serves there, then read what became of a change.',
  },
  DBM_SERVER_TLS: {
    message: 'the server at {address} cannot be trusted with a token: {problem}',
    detail: 'Its certificate is not one this machine believes; the token was not sent.',
    hint: 'Use the name in its certificate; for a certificate authority of your own set NODE_EXTRA_CA_CERTS=FILE.',
  },
  DBM_SERVER_FOREIGN: {
    message: 'what answers at {address} is not dbmedic, or of another version (HTTP {status})',
    detail: 'The answer is none of the API’s; it was not used.',
    hint: 'Check the address; a proxy before the server may have answered instead of it.',
  },
  DBM_TOKEN_REFUSED: {
    message: 'the server at {address} does not take this token',
    detail: 'It is unknown there, has run out, was revoked, or its owner’s login was shut out.',
    hint: 'Make a new one in the panel and give it by --token-file FILE or DBMEDIC_TOKEN.',
  },
  DBM_LINK_SPENT: {
    message: 'this link is not valid any more',
    detail: 'A link works once and for a limited time; this one is unknown, used or run out.',
    hint: 'Ask an administrator for a new one; at first set-up restart dbmedic, which prints another.',
  },
  DBM_SCAN_PARSER_MISSING: {
    message: 'the JavaScript parser cannot be loaded on {platform}',
    detail:
      'It is a native addon with one package a platform; none is installed for this one, so no file was read.',
    hint: 'Run npm ci on this machine (not a copied node_modules), with optional dependencies; then scan again.',
  },
  DBM_NOT_FOUND: {
    message: 'there is no {kind} {id}',
    detail: 'Nothing was changed.',
    hint: '{hint}',
  },
  DBM_ERROR_REPORT: {
    message: 'this line is no error report: {problem}',
    detail: 'The line was left out; the lines after it are read.',
    hint: 'Write one JSON object a line with the texts `engine` and `message`; `code`, `sqlstate` and `statement` may be left out. See docs/reported-errors.md.',
  },
  DBM_USAGE: {
    message: '{problem}',
    detail: 'Nothing was changed.',
    hint: '{hint}',
  },
} as const satisfies Record<string, ErrorRow>

/** A code of the table. */
export type ErrorCode = keyof typeof ERRORS

/** An error with a code of the table; `message`, `detail` and `hint` are filled in. */
export class DbmedicError extends Error {
  override readonly name = 'DbmedicError'
  readonly code: ErrorCode
  readonly detail: string
  readonly hint: string

  constructor(code: ErrorCode, values: Readonly<Record<string, string | number>> = {}, cause?: unknown) {
    super(fill(ERRORS[code].message, values), cause === undefined ? {} : { cause })
    this.code = code
    this.detail = fill(ERRORS[code].detail, values)
    this.hint = fill(ERRORS[code].hint, values)
  }
}

/** A refusal is a value, not an exception: what was refused, why, and what would let it proceed. */
export interface Refusal {
  readonly refused: true
  readonly code: ErrorCode
  readonly because: string
  readonly toProceed: string
}

/** The refusal that states the table row `code` with these values. */
export function refusal(code: ErrorCode, values: Readonly<Record<string, string | number>>): Refusal {
  const row = ERRORS[code]
  return { refused: true, code, because: fill(row.message, values), toProceed: fill(row.hint, values) }
}

function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, key: string) => String(values[key] ?? whole))
}
