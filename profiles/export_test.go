package profiles

// ReadDir reads the profile files of a directory.
func ReadDir(dir string) ([]Source, error) {
	sources, problems := readDir(dir)
	return sources, problems.err()
}

// ReadPaths reads files and directories.
func ReadPaths(paths ...string) ([]Source, error) {
	sources, problems := readPaths(paths)
	return sources, problems.err()
}
