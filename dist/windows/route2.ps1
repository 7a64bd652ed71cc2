# SPDX-License-Identifier: MIT
#
# Completion of route2's words. In your $PROFILE:
#   . "$env:ProgramFiles\route2\route2.ps1"
Register-ArgumentCompleter -Native -CommandName route2, route2.exe -ScriptBlock {
    param($word, $ast, $cursor)

    $route = 'via', 'backup', 'src', 'dev', 'metric', 'table', 'method', 'phantom'
    $words = @{
        'add'      = $route
        'replace'  = $route
        'del'      = 'src', 'dev', 'metric', 'table'
        'show'     = 'src', 'dev', 'metric', 'table', 'method'
        'apply'    = @()
        'check'    = 'all', 'src', 'via'
        'confirm'  = @()
        'switch'   = 'dev', 'to', 'for'
        'watch'    = @()
        'status'   = @()
        'service'  = 'install', 'remove', 'start', 'stop', 'reload', 'status'
        'explain'  = $route + 'on', 'rules'
        'snapshot' = @('on')
        'selftest' = @('dev')
    }
    $values = @{
        'method'   = 'native', 'phantom', 'plain', 'auto', 'skipassource'
        'rules'    = 'linux', 'windows', 'windows-xp'
        '--within' = 'dev', 'table'
    }
    # An option that begins with verbs, or another option, is theirs alone.
    $options = [ordered]@{
        '--json'       = 'print JSON'
        '--dot'        = 'explain: print a picture, for Graphviz'
        '--ipv4'       = 'IPv4 only; the family of `default`'
        '--ipv6'       = 'IPv6 only; the family of `default`'
        '--netns'      = 'in the network namespace NAME, as `ip -n` (a path if it has a slash)'
        '--dry-run'    = 'print the ip commands (Windows: netsh) that would do it; change nothing'
        '--on'         = 'add, replace, del, apply: --dry-run on a host that FILE describes'
        '--check'      = 'apply: change nothing; exit status 3 if anything would change'
        '--diff'       = 'apply: show what changes, as a unified diff'
        '--within'     = 'apply: the file speaks for `dev IFACE`, `table T` or PREFIX only'
        '--confirm'    = 'apply: bring all back after TIME, unless `route2 confirm` comes before'
        '--follow'     = 'status: again every second'
        '--prometheus' = 'status: as Prometheus text, for node_exporter''s textfile collector'
        '--withdraw'   = 'watch: at the end take the file''s routes away'
        '--disruptive' = 'selftest: the interface may be switched off and on'
        '--prove'      = 'add, replace, apply: `check` what was changed; undo it if broken'
        '--icmp'       = 'check, --prove: by ICMP echo (the default)'
        '--tcp'        = 'check, --prove: by TCP'
        '--udp'        = 'check, --prove: by UDP'
        '--count'      = 'check, --prove: so many probes; without it, as many as it takes'
        '--tries'      = 'how often a silent gateway is asked (2); 0: do not ask'
        '--timeout'    = 'how long each answer is waited for (1s); such as 500ms, 2s'
        '--wait'       = 'how long another route2 that is changing routes is waited for (30s)'
        '--verbose'    = 'say each operation on stderr'
        '--quiet'      = 'print errors only'
        '--version'    = 'print the version'
        '--help'       = 'print this; after a verb, more about it'
    }

    $said = @($ast.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { $_.Extent.Text })
    $verb = $said | Where-Object { $words.ContainsKey($_) } | Select-Object -First 1
    $last = $said | Select-Object -Last 1
    if ($last -and $values.ContainsKey($last)) {
        $offer = $values[$last]
    } elseif ($word -like '-*') {
        $offer = $options.Keys | Where-Object {
            $options[$_] -notmatch '^([\w-]+(, [\w-]+)*): ' -or
                ($Matches[1] -split ', ' | Where-Object { $said -contains $_ })
        }
    } elseif ($verb) {
        $offer = $words[$verb] | Where-Object { $_ -eq 'backup' -or $said -notcontains $_ }
    } else {
        $offer = $words.Keys | Sort-Object
    }
    $offer | Where-Object { $_ -like "$word*" } | ForEach-Object {
        $tip = if ($options.Contains($_)) { $options[$_] } else { $_ }
        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $tip)
    }
}
