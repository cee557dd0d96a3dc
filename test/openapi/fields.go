package openapi

import (
	"maps"
	"slices"
)

// FieldsThatDiffer returns where an answer has fields that its example lacks, and the
// other way round, of all levels: ".items[].id". The elements of an array count
// together. Below what one of the two leaves open, as null or an empty array,
// nothing can be told.
func FieldsThatDiffer(example, answer any) []string {
	printed, given := fieldsOf(example), fieldsOf(answer)
	differ := printed.lacks(given)
	maps.Copy(differ, given.lacks(printed))
	return slices.Sorted(maps.Keys(differ))
}

// fields are those of a value.
type fields struct {
	parents map[string]string // by field, where the object is that has it
	objects map[string]bool   // where objects are
}

func fieldsOf(value any) fields {
	f := fields{map[string]string{}, map[string]bool{}}
	f.add("", value)
	return f
}

func (f fields) add(at string, value any) {
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			f.add(at+"[]", element)
		}
	case map[string]any:
		f.objects[at] = true
		for name, member := range value {
			field := at + "." + name
			f.parents[field] = at
			f.add(field, member)
		}
	}
}

// lacks returns the other's fields that an object here could have, and hasn't.
func (f fields) lacks(other fields) map[string]bool {
	missing := map[string]bool{}
	for field, parent := range other.parents {
		if _, has := f.parents[field]; f.objects[parent] && !has {
			missing[field] = true
		}
	}
	return missing
}
