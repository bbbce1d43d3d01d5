/**
 * What keeps message bodies, keys and names out of PostgreSQL's log. An error's own text can carry a value ("invalid
 * input syntax for type uuid: …"), its detail a whole row ("Failing row contains …"), and the note about a crashed
 * process its statement; hence no errors (the relay gets them and reports them under a ref) and no details.
 */
const SILENT_ABOUT_CONTENT = {
  log_statement: 'none',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_min_duration_statement: '-1',
  log_min_duration_sample: '-1',
  log_transaction_sample_rate: '0',
  log_duration: 'off',
};

export function postmasterSettings(
  port: number,
  clusterName: string,
  chosen: Record<string, string>,
): Record<string, string> {
  const fixed = {
    ...SILENT_ABOUT_CONTENT,
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    cluster_name: clusterName,
    // To the file the relay handed over; a collector would make its own files beside the data.
    log_destination: 'stderr',
    logging_collector: 'off',
  };
  const refused = Object.keys(chosen).filter((name) => name.toLowerCase() in fixed);
  if (refused.length > 0) {
    throw new Error(`The embedded PostgreSQL keeps these settings to itself: ${refused.join(', ')}.`);
  }
  return { ...chosen, ...fixed };
}
