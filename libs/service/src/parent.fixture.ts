// A supervisor in one line: starts the script that it is told to, with an IPC channel and its own output.
import { fork } from 'node:child_process';

fork(process.argv[2] as string, { execArgv: process.execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
