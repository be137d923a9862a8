package dashboard

// GallerySections lists the ids of the gallery's sections, in order.
func GallerySections() []string {
	var ids []string
	for _, g := range gallerySections() {
		ids = append(ids, g.id)
	}
	return ids
}
