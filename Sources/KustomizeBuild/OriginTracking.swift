/// Notes where objects come from, relative to the directory that is built.
struct OriginTracking {
    private let top: String
    private let notesOrigins: Bool
    let notesTransformers: Bool

    /// Nil when nothing asks for it.
    init?(top: String, _ wanted: Set<Kustomization.MetadataAnnotation>) {
        notesOrigins = wanted.contains(.originAnnotations)
        notesTransformers = wanted.contains(.transformerAnnotations)
        guard notesOrigins || notesTransformers else { return nil }
        self.top = top
    }

    func provenance(ofFile path: String, at reader: SourceReader) -> Provenance {
        let (shown, repository) = location(path, reader)
        return Provenance(origin: notesOrigins ? .file(shown, repository) : nil)
    }

    func provenance(ofGenerator step: Provenance.Step?) -> Provenance {
        Provenance(origin: notesOrigins ? step.map { .generator($0) } : nil)
    }

    /// A generator or transformer that a file configures.
    func step(_ file: String, apiVersion: String, kind: String, at reader: SourceReader) -> Provenance.Step {
        let (shown, repository) = location(file, reader)
        return Provenance.Step(repository: repository, file: shown, apiVersion: apiVersion, kind: kind)
    }

    private func location(_ path: String, _ reader: SourceReader) -> (String, Provenance.Repository?) {
        if let (repository, inside) = reader.repository(of: path) {
            return (inside, .init(url: repository.url, reference: repository.reference))
        }
        return (SourcePath.relative(path, from: top), nil)
    }
}
