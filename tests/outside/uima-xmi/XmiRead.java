import java.io.FileInputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.apache.uima.UIMAFramework;
import org.apache.uima.cas.CAS;
import org.apache.uima.cas.Feature;
import org.apache.uima.cas.impl.XmiCasDeserializer;
import org.apache.uima.cas.text.AnnotationFS;
import org.apache.uima.resource.metadata.TypeSystemDescription;
import org.apache.uima.util.CasCreationUtils;
import org.apache.uima.util.XMLInputSource;

/** Prints the version of UIMA, and type, begin, end, covered text and value (both in base 64) of each annotation of an XMI, read strictly. */
public class XmiRead {
    public static void main(String[] arguments) throws Exception {
        TypeSystemDescription types =
            UIMAFramework.getXMLParser().parseTypeSystemDescription(new XMLInputSource(arguments[0]));
        types.resolveImports();
        CAS cas = CasCreationUtils.createCas(types, null, null);
        try (FileInputStream file = new FileInputStream(arguments[1])) {
            XmiCasDeserializer.deserialize(file, cas, false);
        }
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        out.println(UIMAFramework.getVersionString());
        for (AnnotationFS annotation : cas.getAnnotationIndex()) {
            Feature value = annotation.getType().getFeatureByBaseName("value");
            String label = value == null ? null : annotation.getFeatureValueAsString(value);
            out.println(String.join("\t", annotation.getType().getName(), "" + annotation.getBegin(),
                "" + annotation.getEnd(), encode(annotation.getCoveredText()), encode(label)));
        }
    }

    private static String encode(String text) {
        byte[] bytes = (text == null ? "" : text).getBytes(StandardCharsets.UTF_8);
        return Base64.getEncoder().encodeToString(bytes);
    }
}
