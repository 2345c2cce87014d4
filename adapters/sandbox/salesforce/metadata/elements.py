"""What a custom field may be described by; any other element is refused.

Source: Metadata API Developer Guide, "CustomField", and the metadata WSDL.
"""

from __future__ import annotations

from collections.abc import Iterable

from adapters.sandbox.salesforce.metadata.soap import METADATA

_ELEMENTS = """
businessOwnerGroup businessOwnerUser businessStatus caseSensitive complianceGroup customDataType defaultValue
deleteConstraint deprecated description displayFormat elementType encryptionScheme escapeMarkup
externalDeveloperName externalId fieldManageability formula formulaTreatBlanksAs fullName inlineHelpText
isAIPredictionField isConvertLeadDisabled isFilteringDisabled isNameField isSortingDisabled label length
lookupFilter maskChar maskType metadataRelationshipControllingField mktDataLakeFieldAttributes
mktDataModelFieldAttributes populateExistingRows precision referenceTargetField referenceTo relationshipLabel
relationshipName relationshipOrder reparentableMasterDetail required restrictedAdminField scale
securityClassification startingNumber stripMarkup summarizedField summaryFilterItems summaryForeignKey
summaryOperation trackFeedHistory trackHistory trackTrending translateData type unique valueSet visibleLines
writeRequiresMasterRead
"""
FIELD_ELEMENTS = frozenset(_ELEMENTS.split())


def unknown_elements(names: Iterable[str]) -> list[str]:
    """The vendor's sentence for each name that no custom field has."""
    return [
        f"Error parsing file: Element {{{METADATA}}}{name} invalid at this location in type CustomField"
        for name in names
        if name not in FIELD_ELEMENTS
    ]
