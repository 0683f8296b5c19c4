/**
 * pt-deadlock-logger of Percona Toolkit on given texts. The program reads from a server only; its parser is asked directly,
 * by loading the program as the Perl module it also is, so that both tools read the very same text.
 */
import { spawn } from 'node:child_process'

/** Where Debian's package has it. */
export const LOGGER = '/usr/bin/pt-deadlock-logger'

/** A transaction as the tool writes it into its table. */
export interface LoggedTransaction {
  readonly thread: number
  readonly victim: boolean
  readonly table: string
  readonly index: string
  readonly mode: string
  /** Whether the lock is one it waited for. */
  readonly waits: boolean
  readonly query: string
}

/** What it makes of the texts. */
export interface PeerReading {
  /** One list a text; null: it died on it. */
  readonly deadlocks: readonly (readonly LoggedTransaction[] | null)[]
  /** What it died of, each message once. */
  readonly errors: readonly string[]
  /** For all texts `rounds` times, without the start of the program, s. */
  readonly seconds: number
}

const SCRIPT = `
use strict; no warnings;
use Time::HiRes qw(time);
use JSON::PP;
my ($program, $rounds) = @ARGV;
require $program;
binmode(STDIN, ':utf8'); binmode(STDOUT, ':utf8');
my @texts = do { local $/; split /\\x00/, <STDIN> };
my $began = time;
my @found;
my %errors;
for my $round (1 .. $rounds) {
  @found = map { my $text = $_; my $found = eval { pt_deadlock_logger::parse_deadlocks($text) };
    $errors{$@ =~ s/ at \\S+ line .*//sr} = 1 if !defined $found; $found } @texts;
}
my $seconds = time - $began;
my @out = map { my $one = $_; $one ? [ map { my $t = $_; {
  thread => $t->{thread} + 0, victim => $t->{victim} ? JSON::PP::true : JSON::PP::false,
  table => "$t->{db}.$t->{tbl}", index => "$t->{idx}", mode => "$t->{lock_mode}",
  waits => ($t->{wait_hold} // '') eq 'w' ? JSON::PP::true : JSON::PP::false, query => "$t->{query}",
} } sort { $a->{id} <=> $b->{id} } values %$one ] : undef } @found;
print JSON::PP->new->encode({ seconds => $seconds, deadlocks => \\@out, errors => [ sort keys %errors ] });
`

/** Parses all texts `rounds` times. @throws Error with Perl's own words */
export function readByPeer(texts: readonly string[], rounds: number): Promise<PeerReading> {
  return new Promise((resolve, reject) => {
    const child = spawn('perl', ['-e', SCRIPT, LOGGER, String(rounds)], { stdio: ['pipe', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(out) as PeerReading)
      else reject(new Error(`perl ended with ${code}: ${err.slice(0, 500)}`))
    })
    child.stdin.end(texts.join('\0'))
  })
}
